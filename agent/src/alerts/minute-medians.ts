import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { MINUTE_MS } from '@hygeia/protocol/units'

/** Least share of a minute's samples that must be values, and not suspect, for it to have a median. */
const LEAST_SHARE = 0.5
/** Values kept of one minute: four a second, more than any channel that is scored has. */
const VALUES_LIMIT = 240

interface Minute {
  readonly values: number[]
  samples: number
}

/** The median of each whole minute of the channels that it was told of. One outlier scores nothing. */
export class MinuteMedians {
  readonly #minutes: ReadonlyMap<ChannelName, Minute>
  #minute: number | undefined

  constructor(channels: Iterable<ChannelName>) {
    this.#minutes = new Map([...channels].map((channel) => [channel, { values: [], samples: 0 }]))
  }

  add({ channel, value, suspect }: Sample): void {
    const minute = this.#minutes.get(channel)
    if (minute === undefined) return
    minute.samples++
    if (value !== undefined && suspect !== true && minute.values.length < VALUES_LIMIT)
      minute.values.push(value)
  }

  /** Time has come to `at`. @returns the medians of a minute that is over, by channel; of those without one, nothing */
  advance(at: number): ReadonlyMap<ChannelName, number> | undefined {
    const now = Math.floor(at / MINUTE_MS)
    const isOver = this.#minute !== undefined && now > this.#minute
    this.#minute = now
    if (!isOver) return undefined
    const medians = new Map<ChannelName, number>()
    for (const [channel, minute] of this.#minutes) {
      const median = medianOf(minute)
      if (median !== undefined) medians.set(channel, median)
      minute.values.length = 0
      minute.samples = 0
    }
    return medians
  }
}

function medianOf({ values, samples }: Minute): number | undefined {
  if (values.length === 0 || values.length < LEAST_SHARE * Math.min(samples, VALUES_LIMIT)) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}
