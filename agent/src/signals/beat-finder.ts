import { MovingAverage, oddLength } from './moving-average.ts'
import { Ring } from './ring.ts'

export interface BeatFinderOptions {
  readonly rateHz: number
  /** About as long as the event that is looked for. */
  readonly eventMs: number
  /** About as long as one beat of a heart that is fast. */
  readonly beatMs: number
  /** Share of the mean energy that an event has to stand out by. */
  readonly offset: number
  /** Least peak of the band, in its unit. */
  readonly floor: number
}

/** No two beats come closer. */
const REFRACTORY_MS = 250
/** Peaks that a new one is compared with, and the least share of their median that it must have. */
const PEAKS = 8
const PEAK_SHARE = 0.35
/** After so long without a beat, what those before it were is forgotten. */
const PATIENCE_MS = 2_000
const MEAN_MS = 5_000

/**
 * Finds the beats in a band of an ECG or a photoplethysmogram: stretches in which a moving average of its energy as
 * long as the event is above one as long as a beat. What lies too near to a greater one, or is much smaller than the
 * beats before, is not a beat.
 *
 * @see Elgendi, "Fast QRS detection with an optimized knowledge-based method", PLoS ONE 8(9), 2013, and Elgendi et al.,
 *   "Systolic peak detection in acceleration photoplethysmograms", PLoS ONE 8(10), 2013
 */
export class BeatFinder {
  readonly #event: MovingAverage
  readonly #beat: MovingAverage
  readonly #mean: MovingAverage
  readonly #waiting: Ring
  readonly #band: Ring
  readonly #lead: number
  readonly #refractory: number
  readonly #patience: number
  readonly #least: number
  readonly #options: BeatFinderOptions
  readonly #peaks = new Float64Array(PEAKS)
  #peakCount = 0
  #index = -1
  #blockFrom = -1
  #best = 0
  #bestAt = -1
  #candidate = 0
  #candidateAt = -1
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(options: BeatFinderOptions) {
    const { rateHz, eventMs, beatMs } = options
    this.#options = options
    this.#event = new MovingAverage(oddLength(eventMs, rateHz))
    this.#beat = new MovingAverage(oddLength(beatMs, rateHz))
    this.#mean = new MovingAverage(oddLength(MEAN_MS, rateHz))
    this.#lead = this.#beat.lag - this.#event.lag
    this.#waiting = new Ring(this.#lead + 1)
    this.#band = new Ring(this.#beat.lag + 1)
    this.#refractory = Math.round((REFRACTORY_MS * rateHz) / 1_000)
    this.#patience = Math.round((PATIENCE_MS * rateHz) / 1_000)
    this.#least = 2 * this.#event.lag + 1
  }

  /** @param value - of the band @returns how many values ago a beat was that is certain now; −1 when there is none */
  push(value: number): number {
    this.#index++
    this.#band.push(value)
    const energy = value * value
    this.#waiting.push(this.#event.push(energy))
    const beat = this.#beat.push(energy)
    const threshold = beat + this.#options.offset * this.#mean.push(energy)
    // Everything that is compared is as old as the longer average.
    const at = this.#index - this.#beat.lag
    if (at >= 0) this.#watch(at, this.#waiting.at(this.#lead) > threshold)
    return this.#settle(at)
  }

  clear(): void {
    for (const part of [this.#event, this.#beat, this.#mean]) part.clear()
    for (const part of [this.#waiting, this.#band]) part.fill(0)
    this.#peakCount = 0
    this.#index = -1
    this.#blockFrom = -1
    this.#candidateAt = -1
    this.#lastAt = Number.NEGATIVE_INFINITY
  }

  #watch(at: number, isAbove: boolean): void {
    if (isAbove) {
      if (this.#blockFrom < 0) {
        this.#blockFrom = at
        this.#best = 0
      }
      const height = Math.abs(this.#band.at(this.#beat.lag))
      if (height > this.#best) {
        this.#best = height
        this.#bestAt = at
      }
      return
    }
    if (this.#blockFrom < 0) return
    const isLong = at - this.#blockFrom >= this.#least
    this.#blockFrom = -1
    if (isLong && this.#isBeat()) this.#propose()
  }

  #isBeat(): boolean {
    if (this.#best < this.#options.floor) return false
    if (this.#bestAt - this.#lastAt > this.#patience) this.#peakCount = 0
    return this.#best >= PEAK_SHARE * this.#medianPeak()
  }

  /** Of two that are too near to one another, the greater. */
  #propose(): void {
    const isNearLast = this.#bestAt - this.#lastAt < this.#refractory
    if (isNearLast) return
    const isNear = this.#candidateAt >= 0 && this.#bestAt - this.#candidateAt < this.#refractory
    if (isNear && this.#best <= this.#candidate) return
    this.#candidate = this.#best
    this.#candidateAt = this.#bestAt
  }

  #settle(at: number): number {
    if (this.#candidateAt < 0 || at - this.#candidateAt < this.#refractory) return -1
    // A block that began before may still hold a greater one.
    if (this.#blockFrom >= 0 && this.#blockFrom - this.#candidateAt < this.#refractory) return -1
    this.#lastAt = this.#candidateAt
    this.#peaks[this.#peakCount++ % PEAKS] = this.#candidate
    this.#candidateAt = -1
    return this.#index - this.#lastAt
  }

  #medianPeak(): number {
    const known = this.#peaks.slice(0, Math.min(this.#peakCount, PEAKS)).sort()
    return known[known.length >> 1] ?? 0
  }
}
