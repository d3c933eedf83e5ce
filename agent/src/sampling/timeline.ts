import type { MonotonicMs } from '@hygeia/protocol/units'

/** Smallest weight of a new observation: a hundred bursts are remembered. */
const STEADY = 0.02
/** An observation this many periods after what was expected is no jitter: values are missing in between. */
const LOST_PERIODS = 3
/** Below this, in ms, it may be the event loop that was late. */
const LATE_MS = 60

export interface TimelineOptions {
  /** As the chip is set, in ms. */
  readonly periodMs: number
  /** By how much the real period may differ, as a fraction. */
  readonly tolerance: number
}

/** Times of a burst, and whether something is missing before its first. */
export interface Laid {
  /** Whole ms of the monotonic clock, rising, one a value. */
  readonly at: Float64Array
  readonly isAfterGap: boolean
}

/**
 * Lays evenly spaced values on the monotonic clock: counts them, and follows the real rate of the chip by an
 * expanding-memory filter of degree one, which is the least-squares line through all observations until it has
 * seen a hundred and then forgets slowly.
 *
 * @see N. Morrison, Introduction to Sequential Smoothing and Prediction (1969), ch. 9: weights
 *   2(2n+1)/((n+1)(n+2)) and 6/((n+1)(n+2))
 */
export class Timeline {
  readonly #options: TimelineOptions
  #periodMs: number
  /** Where the newest value lies; undefined where the next burst begins anew. */
  #newest: number | undefined
  #bursts = 0
  #last = -1

  constructor(options: TimelineOptions) {
    this.#options = options
    this.#periodMs = options.periodMs
  }

  /** As estimated, in ms. */
  get periodMs(): number {
    return this.#periodMs
  }

  /** The next burst has no relation to the ones before; what is known of the rate stays. */
  restart(): void {
    this.#newest = undefined
    this.#bursts = 0
  }

  /** An instant at which it is told that there is no value: `now`, or just after the last value. */
  gap(now: MonotonicMs): MonotonicMs {
    this.#last = Math.max(this.#last + 1, Math.floor(now))
    return this.#last as MonotonicMs
  }

  /**
   * @param length - how many values, 1 or more
   * @param newestAt - when the newest was taken, or a little later
   */
  lay(length: number, newestAt: MonotonicMs): Laid {
    const expected = this.#newest === undefined ? newestAt : this.#newest + length * this.#periodMs
    const error = newestAt - expected
    const isAfterGap = error > Math.max(LOST_PERIODS * this.#periodMs, LATE_MS)
    if (isAfterGap) this.restart()
    if (this.#newest === undefined) this.#newest = newestAt
    else this.#newest = expected + this.#follow(error, length)
    this.#bursts++

    const at = new Float64Array(length)
    const first = this.#newest - (length - 1) * this.#periodMs
    for (let index = 0; index < length; index++) {
      // Never back, and never twice: what a correction takes away is spread over the values that follow.
      this.#last = Math.max(this.#last + 1, Math.round(first + index * this.#periodMs))
      at[index] = this.#last
    }
    return { at, isAfterGap }
  }

  /** @returns by how much the newest is moved */
  #follow(error: number, length: number): number {
    const n = this.#bursts
    const expanding = (2 * (2 * n + 1)) / ((n + 1) * (n + 2))
    const isSteady = expanding < STEADY
    const weight = isSteady ? STEADY : expanding
    const rateWeight = isSteady ? STEADY ** 2 / (2 - STEADY) : 6 / ((n + 1) * (n + 2))
    const { periodMs, tolerance } = this.#options
    const period = this.#periodMs + (rateWeight * error) / length
    this.#periodMs = Math.min(periodMs * (1 + tolerance), Math.max(periodMs * (1 - tolerance), period))
    return weight * error
  }
}
