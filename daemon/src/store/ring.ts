/**
 * Byte strings by arrival, first in, first out, in one piece of memory that is allocated once: what passes through
 * makes no garbage. When it is full nothing more is taken until it was emptied.
 */
export class Ring {
  readonly #memory: Buffer
  readonly #limit: number
  /** Start and end of each entry, from the oldest on. */
  #starts: number[] = []
  #ends: number[] = []
  #first = 0
  #head = 0

  /** @param limit - most entries */
  constructor(bytes: number, limit: number) {
    this.#memory = Buffer.alloc(bytes)
    this.#limit = limit
  }

  /** Arrivals are added one after another. @returns whether there was room */
  add(arrival: number, bytes: Uint8Array): boolean {
    const count = this.#starts.length
    if (count === 0) {
      this.#first = arrival
      this.#head = 0
    } else if (arrival !== this.#first + count) return false
    const start = this.#room(bytes.length)
    if (start === undefined || count >= this.#limit) return false
    this.#memory.set(bytes, start)
    this.#starts.push(start)
    this.#head = start + bytes.length
    this.#ends.push(this.#head)
    return true
  }

  /** Entries `first` to `last` where they lie: good until they are released. Undefined unless all are held. */
  views(first: number, last: number): readonly Buffer[] | undefined {
    const from = first - this.#first
    if (from < 0 || last - this.#first >= this.#starts.length || last < first) return undefined
    return Array.from({ length: last - first + 1 }, (_, index) =>
      this.#memory.subarray(this.#starts[from + index], this.#ends[from + index]),
    )
  }

  /** Let go of everything up to `last`. */
  release(last: number): void {
    const count = Math.min(last - this.#first + 1, this.#starts.length)
    if (count <= 0) return
    this.#starts = this.#starts.slice(count)
    this.#ends = this.#ends.slice(count)
    this.#first += count
  }

  /** Where `bytes` fit behind the newest entry, or before the oldest. */
  #room(bytes: number): number | undefined {
    const oldest = this.#starts[0]
    if (oldest === undefined) return bytes <= this.#memory.length ? 0 : undefined
    if (this.#head > oldest) {
      if (this.#head + bytes <= this.#memory.length) return this.#head
      return bytes < oldest ? 0 : undefined
    }
    return this.#head + bytes < oldest ? this.#head : undefined
  }
}
