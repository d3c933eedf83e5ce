import type { UnixMs } from '@hygeia/protocol/units'
import type { ListedBatch } from '../hospital/answers.ts'
import type { Place } from '../hospital/place.ts'
import { Conduct } from './conduct.ts'
import type { Patience } from './gather.ts'
import { Library } from './library.ts'
import { type NamedGrant, type Opened, Opening } from './opening.ts'
import type { Physician } from './physician.ts'

export interface OpenRange {
  readonly from: UnixMs
  readonly to: UnixMs
  /** Told after every few batches: done, and how many are known of so far. */
  readonly onProgress?: (done: number, known: number) => void
}

export interface OpenOptions {
  /** Hospitals to list, fetch and re-encrypt; all that the physician knows unless told. */
  readonly hospitals?: readonly Place[]
  /** Where it is noted how they behaved. */
  readonly conduct?: Conduct
  readonly patience?: Patience
  /** Which batches are not to be opened, because they were: nothing is asked for them. */
  readonly isHeld?: (batch: ListedBatch) => boolean
}

/**
 * Open what a patient's grant lets this physician open of a range of time.
 *
 * Streams: some thousand batches are in memory at a time. Each block is checked against its CID, each device's
 * signatures and standing on the chain, each cfrag against capsule and keys; what fails is yielded as a fault and
 * the rest goes on. Batches come in the order in which each device sealed them. A hospital that is slow, away or
 * lies is done without for as long as the grant's threshold is met by others, and noted in `conduct`.
 *
 * @throws {HospitalError} when every hospital refuses: revoked and expired grants end here
 * @throws {PhysicianError} `TOO_FEW_PROXIES` naming who did not answer, and why
 */
export async function* openGrant(
  physician: Physician,
  held: NamedGrant,
  range: OpenRange,
  {
    hospitals = physician.hospitals,
    conduct = new Conduct(),
    patience,
    isHeld = () => false,
  }: OpenOptions = {},
): AsyncGenerator<Opened> {
  const library = new Library(hospitals, conduct)
  const opening = new Opening(physician, held, { proxies: hospitals, library, conduct, patience })
  let done = 0
  let known = 0
  for await (const listed of library.list(held, range)) {
    const chunk = listed.filter((batch) => !isHeld(batch))
    known += chunk.length
    for await (const opened of opening.open(chunk)) {
      yield opened
      if (++done % 100 === 0) range.onProgress?.(done, known)
    }
  }
  for (const opened of opening.rest()) {
    yield opened
    done++
  }
  range.onProgress?.(done, known)
}
