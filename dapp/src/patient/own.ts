import type { ListedBatch } from '../hospital/answers.ts'
import type { Span } from '../output/span.ts'
import { Conduct } from '../physician/conduct.ts'
import { Dater, type Dating } from '../physician/dating.ts'
import type { Opened, OpenedBatch } from '../physician/opening.ts'
import { OwnReading } from './open.ts'
import type { Patient } from './patient.ts'

export interface OwnOptions {
  /** Where it is noted how the hospitals behaved. */
  readonly conduct?: Conduct
  /** Told after every few batches. */
  readonly onProgress?: (done: number) => void
}

/**
 * Open what a patient's own devices sealed in a range of time, with the patient's own keys, and date it: no grant, no
 * proxy.
 *
 * Streams: some thousand batches are in memory at a time. What fails is yielded as a fault and the rest goes on.
 *
 * @throws {HospitalError} what the last hospital said, when none lists anything
 */
export async function* openOwn(
  patient: Patient,
  range: Span,
  { conduct = new Conduct(), onProgress }: OwnOptions = {},
): AsyncGenerator<Opened> {
  const reading = new OwnReading(patient, conduct)
  const { address } = patient.identity.signer
  const dater = new Dater<Omit<OpenedBatch, keyof Dating>>()
  let done = 0
  for await (const chunk of reading.list(range)) {
    const wanted: ListedBatch[] = []
    for (const item of chunk) {
      if (item.state !== 'quarantined') wanted.push(item)
      else yield { cid: item.cid, device: item.device, fault: { code: 'QUARANTINED' } }
    }
    for await (const opened of reading.open(wanted)) {
      if ('fault' in opened) yield opened
      else {
        const { cid, header, batch } = opened
        yield* dater.push({ cid, patient: address, header, batch })
      }
      if (++done % 100 === 0) onProgress?.(done)
    }
  }
  yield* dater.flush()
  onProgress?.(done)
}
