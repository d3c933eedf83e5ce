import { MovingAverage, oddLength } from './moving-average.ts'
import { Ring } from './ring.ts'

export interface BandOptions {
  readonly rateHz: number
  /** Averaged over: what is faster is gone, and a whole number of periods of the mains leaves nothing of it. */
  readonly shortMs: number
  /** What is slower than this is the baseline. */
  readonly longMs: number
}

/**
 * A band of a signal: a short moving average less a long one about the same instant. Linear in phase, so that peaks
 * stay where they are, and no value costs more than the one before.
 */
export class Band {
  readonly #short: MovingAverage
  readonly #long: MovingAverage
  readonly #waiting: Ring
  readonly #lead: number
  #isEmpty = true

  constructor({ rateHz, shortMs, longMs }: BandOptions) {
    this.#short = new MovingAverage(oddLength(shortMs, rateHz))
    this.#long = new MovingAverage(oddLength(longMs, rateHz))
    this.#lead = this.#long.lag - this.#short.lag
    this.#waiting = new Ring(this.#lead + 1)
  }

  /** How many values it is behind. */
  get lag(): number {
    return this.#long.lag
  }

  /** The short average, as old as the band is. */
  get smooth(): number {
    return this.#waiting.at(this.#lead)
  }

  push(value: number): number {
    const short = this.#short.push(value)
    if (this.#isEmpty) this.#waiting.fill(short)
    this.#isEmpty = false
    this.#waiting.push(short)
    return this.smooth - this.#long.push(value)
  }

  clear(): void {
    this.#short.clear()
    this.#long.clear()
    this.#isEmpty = true
  }
}
