import { type BatchRecord, decodeRecord, digestIn } from './record.ts'

interface Held {
  /** As it is on the disk. */
  readonly record: Uint8Array
  bytes: Uint8Array | undefined
}

export interface RecentBlock {
  readonly digest: Uint8Array
  readonly bytes: Uint8Array
}

/** Sealed bytes kept, and batches whose records are. */
const BYTES_LIMIT = 8 * 1024 * 1024
const COUNT_LIMIT = 32_768

/**
 * What was taken last, for those who come for it within seconds: reading it back would map the journal's files
 * into memory and make garbage of every value.
 */
export class Recent {
  readonly #held = new Map<number, Held>()
  #bytes = 0

  /** Arrivals are added in order. */
  add(arrival: number, record: Uint8Array, bytes: Uint8Array): void {
    this.#held.set(arrival, { record, bytes })
    this.#bytes += bytes.length
    // Nobody comes for it: then the disk will do.
    for (const [oldest, held] of this.#held) {
      if (this.#bytes <= BYTES_LIMIT && this.#held.size <= COUNT_LIMIT) return
      this.#bytes -= held.bytes?.length ?? 0
      this.#held.delete(oldest)
    }
  }

  /** Blocks `first` to `last`, unless one of them is not held. Their bytes are let go of. */
  takeBlocks(first: number, last: number): readonly RecentBlock[] | undefined {
    const blocks: RecentBlock[] = []
    for (let arrival = first; arrival <= last; arrival++) {
      const held = this.#held.get(arrival)
      if (held?.bytes === undefined) return undefined
      blocks.push({ digest: digestIn(held.record), bytes: held.bytes })
    }
    for (let arrival = first; arrival <= last; arrival++) {
      const held = this.#held.get(arrival)
      if (held === undefined) continue
      this.#bytes -= held.bytes?.length ?? 0
      held.bytes = undefined
    }
    return blocks
  }

  /** Records `first` to `last`, unless one of them is not held. They, and all before, are let go of. */
  takeRecords(first: number, last: number): readonly BatchRecord[] | undefined {
    const records: BatchRecord[] = []
    for (let arrival = first; arrival <= last; arrival++) {
      const held = this.#held.get(arrival)
      if (held === undefined) return undefined
      records.push(decodeRecord(arrival, held.record))
    }
    for (const [arrival, held] of this.#held) {
      if (arrival > last) break
      this.#bytes -= held.bytes?.length ?? 0
      this.#held.delete(arrival)
    }
    return records
  }

  clear(): void {
    this.#held.clear()
    this.#bytes = 0
  }
}
