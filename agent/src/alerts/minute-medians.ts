import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { MINUTE_MS } from '@hygeia/protocol/units'

/** Least share of a minute's samples that must be values, and not suspect, for it to have a median. */
const LEAST_SHARE = 0.5
/** And in so many of its six parts there must be one: a single value is not a minute's. */
const PARTS = 6
const LEAST_PARTS = 3
/** Values kept of one minute: four a second, more than any channel that is scored has. */
const VALUES_LIMIT = 240

interface Minute {
  readonly isSteady: boolean
  readonly values: number[]
  readonly parts: Set<number>
  samples: number
}

export interface MedianChannels {
  /** Measured every few seconds: a minute of which less than half is known has no median. */
  readonly steady: readonly ChannelName[]
  /** Measured once a minute or more rarely. */
  readonly rare: readonly ChannelName[]
}

/** The median of each whole minute of the channels that it was told of. One outlier scores nothing. */
export class MinuteMedians {
  readonly #minutes: ReadonlyMap<ChannelName, Minute>
  #minute: number | undefined
  #closed: ReadonlyMap<ChannelName, number> | undefined

  constructor({ steady, rare }: MedianChannels) {
    const empty = (isSteady: boolean): Minute => ({ isSteady, values: [], parts: new Set(), samples: 0 })
    this.#minutes = new Map([
      ...steady.map((channel) => [channel, empty(true)] as const),
      ...rare.map((channel) => [channel, empty(false)] as const),
    ])
  }

  add({ channel, value, suspect, at }: Sample): void {
    // A minute ends before what comes at its end.
    this.#roll(at)
    const minute = this.#minutes.get(channel)
    if (minute === undefined) return
    minute.samples++
    if (value === undefined || suspect === true || minute.values.length >= VALUES_LIMIT) return
    minute.values.push(value)
    minute.parts.add(Math.floor(((at % MINUTE_MS) * PARTS) / MINUTE_MS))
  }

  /** Time has come to `at`. @returns the medians of a minute that is over, by channel; of those without one, nothing */
  advance(at: number): ReadonlyMap<ChannelName, number> | undefined {
    this.#roll(at)
    const closed = this.#closed
    this.#closed = undefined
    return closed
  }

  #roll(at: number): void {
    const now = Math.floor(at / MINUTE_MS)
    const isOver = this.#minute !== undefined && now > this.#minute
    if (this.#minute === undefined || isOver) this.#minute = now
    if (!isOver) return
    const medians = new Map<ChannelName, number>()
    for (const [channel, minute] of this.#minutes) {
      const median = medianOf(minute)
      if (median !== undefined) medians.set(channel, median)
      minute.values.length = 0
      minute.parts.clear()
      minute.samples = 0
    }
    this.#closed = medians
  }
}

function medianOf({ isSteady, values, parts, samples }: Minute): number | undefined {
  if (values.length === 0 || (isSteady && parts.size < LEAST_PARTS)) return undefined
  if (values.length < LEAST_SHARE * Math.min(samples, VALUES_LIMIT)) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}
