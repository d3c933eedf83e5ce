import type { Missing } from '@hygeia/protocol/sample'
import { MovingAverage, oddLength } from './moving-average.ts'
import { Ring } from './ring.ts'
import { repetitionPerMinute } from './spectrum.ts'

export type RespiratoryRate = { readonly perMinute: number } | { readonly missing: Missing }

/** Breathing is slow: four values a second say all of it. */
const SLOW_HZ = 4
/** Stretch that a rate is told of: two breaths of the slowest that is looked for. */
export const BREATHING_STRETCH_MS = 32_000
const SLOW_VALUES = (BREATHING_STRETCH_MS * SLOW_HZ) / 1_000
/** Heart and movement are averaged away. */
const SMOOTH_MS = 500
/** Estimates that differ by more do not speak of the same breath. */
const AGREEMENT_PER_MINUTE = 4
const BEATS_KEPT = 128

/** Respiratory rate from a belt, which is longer when the chest is wider. Bounded: it holds 32 s at 4 Hz. */
export class BeltMeter {
  readonly #smooth: MovingAverage
  readonly #slow = new Ring(SLOW_VALUES)
  readonly #leastSwing: number
  readonly #every: number
  readonly #nominalMs: number
  #periodMs: number
  #until: number
  #count = 0

  /** @param leastSwing - of the signal, in its unit, below which nobody wears the belt */
  constructor({ rateHz, leastSwing }: { rateHz: number; leastSwing: number }) {
    this.#smooth = new MovingAverage(oddLength(SMOOTH_MS, rateHz))
    this.#leastSwing = leastSwing
    this.#every = rateHz / SLOW_HZ
    this.#nominalMs = 1_000 / rateHz
    this.#periodMs = this.#nominalMs
    this.#until = this.#every
  }

  /** As the clock has it, and no longer as the chip is set. */
  pace(periodMs: number): void {
    this.#periodMs = periodMs
  }

  push(value: number): void {
    const smooth = this.#smooth.push(value)
    this.#until--
    if (this.#until > 0) return
    this.#until += this.#every
    this.#slow.push(smooth)
    this.#count++
  }

  respiratoryRate(): RespiratoryRate {
    if (this.#count < SLOW_VALUES) return { missing: 'not-yet' }
    const values = Float64Array.from({ length: SLOW_VALUES }, (_, index) =>
      this.#slow.at(SLOW_VALUES - 1 - index),
    )
    if (Math.max(...values) - Math.min(...values) < this.#leastSwing) return { missing: 'probe-off' }
    const perMinute = repetitionPerMinute(values, SLOW_HZ)
    if (perMinute === undefined) return { missing: 'ambiguous' }
    return { perMinute: (perMinute * this.#nominalMs) / this.#periodMs }
  }

  clear(): void {
    this.#smooth.clear()
    this.#count = 0
    this.#until = this.#every
  }
}

/** One beat as breathing changes it. */
export interface Stroke {
  /** ms on any clock that goes on evenly. */
  readonly at: number
  readonly peak: number
  readonly trough: number
  readonly intervalMs: number
}

/**
 * Respiratory rate from the beats of a photoplethysmogram, which breathing changes in intensity, in amplitude and in
 * rhythm: a value only when all three say the same.
 *
 * @see Karlen et al., "Multiparameter respiratory rate estimation from the photoplethysmogram", IEEE Transactions on
 *   Biomedical Engineering 60(7), 2013: "smart fusion"
 */
export class StrokeMeter {
  readonly #strokes: Stroke[] = []

  push(stroke: Stroke): void {
    this.#strokes.push(stroke)
    if (this.#strokes.length > BEATS_KEPT) this.#strokes.shift()
  }

  /** @param now - on the clock of the strokes */
  respiratoryRate(now: number): RespiratoryRate {
    const from = now - BREATHING_STRETCH_MS
    const strokes = this.#strokes.filter(({ at }) => at >= from - 2_000)
    const [first] = strokes
    if (first === undefined || first.at > from) return { missing: 'not-yet' }
    const modulations = [
      ({ peak }: Stroke) => peak,
      ({ peak, trough }: Stroke) => peak - trough,
      ({ intervalMs }: Stroke) => intervalMs,
    ]
    const rates = modulations.map((of) => repetitionPerMinute(evenly(strokes, of, from), SLOW_HZ))
    const known = rates.filter((rate) => rate !== undefined)
    if (known.length < rates.length) return { missing: 'ambiguous' }
    const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length
    const deviation = Math.sqrt(known.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (known.length - 1))
    return deviation <= AGREEMENT_PER_MINUTE ? { perMinute: mean } : { missing: 'ambiguous' }
  }

  clear(): void {
    this.#strokes.length = 0
  }
}

/** What a modulation was from `from` on, four times a second, on lines between the beats. */
function evenly(strokes: readonly Stroke[], of: (stroke: Stroke) => number, from: number): Float64Array {
  let next = 1
  return Float64Array.from({ length: SLOW_VALUES }, (_, index) => {
    const at = from + (index * 1_000) / SLOW_HZ
    while (next < strokes.length - 1 && (strokes[next]?.at ?? 0) < at) next++
    const [before, after] = [strokes[next - 1], strokes[next]]
    if (before === undefined || after === undefined) return 0
    const share = Math.min(1, Math.max(0, (at - before.at) / (after.at - before.at)))
    return of(before) + share * (of(after) - of(before))
  })
}
