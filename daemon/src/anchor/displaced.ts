import type { Place } from '../receipt/book.ts'
import type { AnchorRecord, Anchors } from '../store/anchors.ts'

export interface DisplacedDeps {
  readonly anchors: Pick<Anchors, 'before'>
  /** Where the chain holds an anchor now. */
  readonly placeOf: (record: AnchorRecord) => Promise<Place | undefined>
}

const STEP = 64

/**
 * Anchors that were said to be final and are elsewhere on the chain now, or nowhere: newest first.
 *
 * @param from - number of the first block that was replaced; what stands in blocks before it is not looked at. Undefined when
 *   that is not known: then one that stands where it was said to be vouches for all before it
 * @throws {ChainError | RpcError} when the chain cannot be asked
 */
export async function displacedAnchors(
  from: number | undefined,
  { anchors, placeOf }: DisplacedDeps,
): Promise<readonly AnchorRecord[]> {
  const displaced: AnchorRecord[] = []
  for (let last = Number.MAX_SAFE_INTEGER; ; ) {
    const records = await anchors.before(last, STEP)
    for (const record of records) {
      if (record.final === undefined) continue
      const { blockNumber, blockHash } = record.final.anchor
      if (from !== undefined && blockNumber < from) return displaced
      const place = await placeOf(record)
      if (place?.blockHash !== blockHash) displaced.push(record)
      else if (from === undefined) return displaced
    }
    const oldest = records.at(-1)
    if (oldest === undefined) return displaced
    last = oldest.last
  }
}
