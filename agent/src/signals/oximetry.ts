import type { Missing } from '@hygeia/protocol/sample'
import { Band } from './band.ts'
import { HeartRateMeter, PPG } from './heart-rate.ts'

/** What is averaged over, in s: two breaths, so that their waves do not show. */
const SECONDS = 8
/** Least likeness of the two pulses: noise and an LED that is not lit are not alike. */
const LEAST_CORRELATION = 0.9
/** Least pulsation of the infrared light, root mean square by its mean; below it a few counts of noise decide. */
const LEAST_PULSATION = 0.0005
/** Light that changes by more than this from one value to the next is the LEDs' current, or the finger, and no pulse. */
const STEP = 0.08
/** Sums of one second: infrared squared, both, red squared. */
const SUMS = 3

/** Pulsation of red by that of infrared light, about 0.5 in health; or why it is not known. */
export type PulseRatio = { readonly ratio: number } | { readonly missing: Missing }

/**
 * Ratio of ratios: how much deeper the pulse is in red than in infrared light, each by its own mean. Streaming: its
 * memory is the heart rate's and 24 sums.
 *
 * A pulse that is no heart's gives none: both have to be alike, and the infrared one has to be one that a heart rate is
 * told of. Movement that both see the same tends to a ratio of 1, and is refused with the heart rate.
 */
export class RatioMeter {
  readonly #rateHz: number
  readonly #heart: HeartRateMeter
  readonly #infrared: Band
  readonly #red: Band
  readonly #sums = new Float64Array(SECONDS * SUMS)
  #count = 0
  #last: readonly [infrared: number, red: number] | undefined

  constructor({ rateHz }: { readonly rateHz: number }) {
    this.#rateHz = rateHz
    this.#heart = new HeartRateMeter(PPG, { rateHz })
    this.#infrared = new Band({ rateHz, ...PPG.band })
    this.#red = new Band({ rateHz, ...PPG.band })
  }

  /** @param infrared - light that came back, in counts above none @param red - of the same instant */
  push(infrared: number, red: number): void {
    if (this.#hasStepped(infrared, red)) this.clear()
    this.#last = [infrared, red]
    this.#heart.push(-infrared)
    const x = pulsation(this.#infrared, infrared)
    const y = pulsation(this.#red, red)
    const second = Math.floor(this.#count / this.#rateHz) % SECONDS
    const at = second * SUMS
    if (this.#count % this.#rateHz === 0) this.#sums.fill(0, at, at + SUMS)
    this.#count++
    this.#sums[at] = (this.#sums[at] ?? 0) + x * x
    this.#sums[at + 1] = (this.#sums[at + 1] ?? 0) + x * y
    this.#sums[at + 2] = (this.#sums[at + 2] ?? 0) + y * y
  }

  ratio(): PulseRatio {
    const rate = this.#heart.heartRate()
    if ('missing' in rate) return rate
    const [xx = 0, xy = 0, yy = 0] = [0, 1, 2].map((place) => this.#sum(place))
    const values = Math.min(this.#count, SECONDS * this.#rateHz)
    const isPulse = Math.sqrt(xx / values) >= LEAST_PULSATION
    const isAlike = xy >= LEAST_CORRELATION * Math.sqrt(xx * yy)
    // Least squares: of the two, infrared is the one with less noise for its pulse.
    return isPulse && isAlike ? { ratio: xy / xx } : { missing: 'ambiguous' }
  }

  pace(periodMs: number): void {
    this.#heart.pace(periodMs)
  }

  /** The light begins anew. */
  clear(): void {
    this.#heart.clear()
    this.#infrared.clear()
    this.#red.clear()
    this.#sums.fill(0)
    this.#count = 0
    this.#last = undefined
  }

  #hasStepped(infrared: number, red: number): boolean {
    if (this.#last === undefined) return false
    const [before, redBefore] = this.#last
    return Math.abs(infrared - before) > STEP * before || Math.abs(red - redBefore) > STEP * redBefore
  }

  #sum(place: number): number {
    let sum = 0
    for (let at = place; at < this.#sums.length; at += SUMS) sum += this.#sums[at] ?? 0
    return sum
  }
}

/** What the pulse takes of the light, as a part of its mean. */
function pulsation(band: Band, value: number): number {
  const fast = band.push(value)
  const mean = band.smooth - fast
  return mean > 0 ? -fast / mean : 0
}

/**
 * Oxygen saturation by a curve that somebody measured with other optics: good to see that it falls, and no more.
 *
 * @param coefficients - of `a·r² + b·r + c`, in %
 * @returns 0 to 100 %; undefined where the curve is above what there is, by more than an oximeter may be off
 */
export function saturationOf(
  ratio: number,
  [a, b, c]: readonly [number, number, number],
): number | undefined {
  const percent = a * ratio * ratio + b * ratio + c
  if (!(percent <= 100 + TOLERANCE)) return undefined
  return Math.min(100, Math.max(0, percent))
}

/** Root mean square that an oximeter may be off (ISO 80601-2-61, 201.12.1.101.1). */
const TOLERANCE = 4
