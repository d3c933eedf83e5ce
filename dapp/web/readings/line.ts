import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { MISSING, type Missing, type Sample } from '@hygeia/protocol/sample'

/** What is said of a reading besides its value; from `FIRST_MISSING` on there is none, and why. */
export const OK = 0
export const SUSPECT = 1
const FIRST_MISSING = 2

export const isMissing = (state: number) => state >= FIRST_MISSING
export const missingOf = (state: number): Missing | undefined => MISSING[state - FIRST_MISSING]

/** Readings of one batch, in order of time. */
export interface Chunk {
  /** Where they are from. */
  readonly cid: string
  /** ms since the Unix epoch. */
  readonly at: Float64Array<ArrayBuffer>
  /** In the unit of the channel; 0 where there is none. */
  readonly value: Float64Array<ArrayBuffer>
  readonly state: Uint8Array<ArrayBuffer>
}

/** @param offsetMs - UTC − monotonic */
export function chunkOf(cid: string, samples: readonly Sample[], offsetMs: number): Chunk {
  const chunk: Chunk = {
    cid,
    at: new Float64Array(samples.length),
    value: new Float64Array(samples.length),
    state: new Uint8Array(samples.length),
  }
  let index = 0
  for (const sample of samples) {
    chunk.at[index] = sample.at + offsetMs
    if (sample.missing !== undefined) chunk.state[index] = FIRST_MISSING + MISSING.indexOf(sample.missing)
    else {
      chunk.value[index] = sample.value
      if (sample.suspect === true) chunk.state[index] = SUSPECT
    }
    index++
  }
  return chunk
}

/** Most intervals looked at to tell how often a channel is read. */
const INTERVALS = 64
/** Readings that come later than so many intervals after the last leave a gap. */
const LATE = 2.5

/** Everything known of one channel of one device, in order of time. */
export class Line {
  readonly device: Address
  readonly channel: ChannelName
  readonly #chunks: Chunk[] = []

  constructor(device: Address, channel: ChannelName) {
    this.device = device
    this.channel = channel
  }

  get chunks(): readonly Chunk[] {
    return this.#chunks
  }

  /** Batches come in any order: alerts overtake, and what was kept back comes late. */
  add(chunk: Chunk): void {
    const from = chunk.at[0]
    if (from === undefined) return
    this.#chunks.splice(
      this.#firstAfter((other) => startOf(other) > from),
      0,
      chunk,
    )
  }

  /** Forget the oldest until no more than so many readings are left. */
  trim(readings: number): void {
    let held = this.#chunks.reduce((sum, { at }) => sum + at.length, 0)
    while (held > readings && this.#chunks.length > 1) held -= this.#chunks.shift()?.at.length ?? 0
  }

  /** Chunks that may hold readings of a range, ms. */
  within(from: number, to: number): readonly Chunk[] {
    const first = this.#firstAfter((chunk) => endOf(chunk) >= from)
    const end = this.#firstAfter((chunk) => startOf(chunk) >= to)
    return this.#chunks.slice(first, end)
  }

  /** Index of the first chunk that `isAfter`, as are all behind it. */
  #firstAfter(isAfter: (chunk: Chunk | undefined) => boolean): number {
    let low = 0
    for (let high = this.#chunks.length; low < high; ) {
      const middle = (low + high) >> 1
      if (isAfter(this.#chunks[middle])) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Longest time between two readings that is no gap, ms. */
  get gapMs(): number {
    const intervals: number[] = []
    for (const { at } of this.#chunks.toReversed()) {
      for (let index = 1; index < at.length && intervals.length < INTERVALS; index++) {
        intervals.push((at[index] ?? 0) - (at[index - 1] ?? 0))
      }
      if (intervals.length >= INTERVALS) break
    }
    const median = intervals.sort((a, b) => a - b)[intervals.length >> 1]
    return LATE * (median ?? 60_000)
  }

  get unit(): string {
    return channelNamed(this.channel).unit
  }
}

const startOf = (chunk: Chunk | undefined) => chunk?.at[0] ?? Number.NEGATIVE_INFINITY
const endOf = (chunk: Chunk | undefined) => chunk?.at.at(-1) ?? Number.NEGATIVE_INFINITY
