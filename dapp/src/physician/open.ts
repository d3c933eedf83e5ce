import { REQUEST_BATCH_LIMIT } from '@hygeia/protocol/request/request'
import type { UnixMs } from '@hygeia/protocol/units'
import type { ListedBatch } from '../hospital/answers.ts'
import { BATCHES_LIMIT } from '../hospital/client.ts'
import type { ProxyHospital } from './gather.ts'
import { type NamedGrant, type Opened, Opening } from './opening.ts'
import type { Physician } from './physician.ts'

export interface OpenRange {
  readonly from: UnixMs
  readonly to: UnixMs
  /** Told after every few batches: done, and how many are known of so far. */
  readonly onProgress?: (done: number, known: number) => void
}

/**
 * Open what a patient's grant lets this physician open of a range of time.
 *
 * Streams: some thousand batches are in memory at a time. Each block is checked against its CID, each device's
 * signatures and standing on the chain, each cfrag against capsule and keys; what fails is yielded as a fault and
 * the rest goes on. Batches come in the order in which each device sealed them.
 *
 * @param proxies - the grant's hospitals that this physician can reach; the first lists and serves the blocks
 * @throws {HospitalError} when a hospital refuses: revoked and expired grants end here
 */
export async function* openGrant(
  physician: Physician,
  held: NamedGrant,
  range: OpenRange,
  proxies: readonly ProxyHospital[] = [physician],
): AsyncGenerator<Opened> {
  const opening = new Opening(physician, held, proxies)
  let done = 0
  let known = 0
  for await (const chunk of listed(physician, held, range)) {
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

/** What the hospital lists, in chunks that one request may ask for. */
async function* listed(
  { account }: Physician,
  { hash, grant }: NamedGrant,
  range: OpenRange,
): AsyncGenerator<readonly ListedBatch[]> {
  const from = Math.max(range.from, grant.dataFrom) as UnixMs
  const to = Math.min(range.to, grant.dataTo) as UnixMs
  if (to <= from) return
  let cursor: string | undefined
  let chunk: ListedBatch[] = []
  do {
    const page = await account.batches({ grant: hash, from, to, cursor, limit: BATCHES_LIMIT })
    cursor = page.next
    if (chunk.length + page.batches.length > REQUEST_BATCH_LIMIT) {
      yield chunk
      chunk = []
    }
    chunk.push(...page.batches)
  } while (cursor !== undefined)
  if (chunk.length > 0) yield chunk
}
