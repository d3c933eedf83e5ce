import { Ring } from './ring.ts'

/**
 * Mean of the last `length` values, in two additions a value. It lags by `(length − 1) / 2` values, and begins as if the
 * first value had always been: a signal is not a jump from nothing.
 */
export class MovingAverage {
  readonly #ring: Ring
  #sum = 0
  #fresh = 0
  #pushes = 0
  #isEmpty = true

  /** @param length - odd, so that the lag is whole */
  constructor(length: number) {
    this.#ring = new Ring(length)
  }

  get lag(): number {
    return (this.#ring.length - 1) / 2
  }

  push(value: number): number {
    const { length } = this.#ring
    if (this.#isEmpty) {
      this.#isEmpty = false
      this.#ring.fill(value)
      this.#sum = value * length
    }
    this.#sum += value - this.#ring.at(length - 1)
    this.#fresh += value
    this.#ring.push(value)
    // A sum that is only ever added to drifts off in months; once round, it is known anew.
    if (++this.#pushes === length) {
      this.#sum = this.#fresh
      this.#fresh = 0
      this.#pushes = 0
    }
    return this.#sum / length
  }

  clear(): void {
    this.#isEmpty = true
    this.#fresh = 0
    this.#pushes = 0
  }
}

/** Whole odd number of values that is nearest to `ms` at `rateHz`. */
export function oddLength(ms: number, rateHz: number): number {
  return 2 * Math.max(0, Math.round((ms * rateHz) / 2_000 - 0.5)) + 1
}
