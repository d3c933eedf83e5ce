import type { Channel } from '@hygeia/protocol/channel'
import type { Missing, Reading, Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'

/** What is made of the values of one waveform. */
export interface Meter {
  /** One more value, a period after the one before. @param tell - called with what is certain now */
  push(value: number, at: MonotonicMs, tell: Tell): void
  /** What is to be told at an instant of the grid. */
  report(at: MonotonicMs, tell: Tell): void
  /** From value to value, as the clock has it. */
  pace(periodMs: number): void
  /** The waveform begins anew. */
  clear(): void
  /** Channels that say why there is nothing, while there is nothing. */
  readonly silent: readonly Channel[]
}

export type Tell = (channel: Channel, at: MonotonicMs, reading: Reading) => void

/** A gap of more periods than this is one: what comes after does not go on from what came before. */
export const GAP_PERIODS = 2.5

/** Fewer values do not tell how fast a chip really is: their times are whole ms. */
const PACE_VALUES = 500

/** Feeds the samples of one channel to a meter, and asks it on an even grid of their time. */
export class Source {
  readonly #meter: Meter
  readonly #everyMs: number
  readonly #gapMs: number
  #lastAt = Number.NEGATIVE_INFINITY
  #nextAt = Number.NEGATIVE_INFINITY
  #reason: Missing | undefined
  readonly #nominalMs: number
  /** Since it began: when, and how many values. */
  #firstAt = 0
  #count = 0

  constructor({ everyMs, rateHz }: { everyMs: number; rateHz: number }, { meter }: { meter: Meter }) {
    this.#meter = meter
    this.#everyMs = everyMs
    this.#nominalMs = 1_000 / rateHz
    this.#gapMs = GAP_PERIODS * this.#nominalMs
  }

  take({ at, value, missing }: Sample, tell: Tell): void {
    if (at - this.#lastAt > this.#gapMs || missing !== undefined) this.#begin(at)
    this.#lastAt = at
    this.#reason = missing
    if (value !== undefined) {
      this.#meter.push(value, at, tell)
      this.#count++
    }
    if (at < this.#nextAt) return
    // The first grid point is only looked for: of what came before it nothing is known.
    const isFirst = this.#nextAt === Number.NEGATIVE_INFINITY
    this.#nextAt = (Math.floor(at / this.#everyMs) + 1) * this.#everyMs
    if (isFirst) return
    if (this.#count >= PACE_VALUES) this.#meter.pace((at - this.#firstAt) / (this.#count - 1))
    const reason = this.#reason
    if (reason === undefined) this.#meter.report(at, tell)
    else for (const channel of this.#meter.silent) tell(channel, at, { missing: reason })
  }

  #begin(at: number): void {
    this.#meter.clear()
    this.#firstAt = at
    this.#count = 0
    this.#meter.pace(this.#nominalMs)
  }
}
