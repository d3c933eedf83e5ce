import type { Missing } from '@hygeia/protocol/sample'
import { Band, type BandOptions } from './band.ts'
import { BeatFinder, type BeatFinderOptions } from './beat-finder.ts'
import { Ring } from './ring.ts'
import { likeness } from './template.ts'

/** Which signal the beats are in. */
export interface BeatSignal {
  readonly band: Omit<BandOptions, 'rateHz'>
  readonly finder: Omit<BeatFinderOptions, 'rateHz'>
  /** Least likeness of the beats of a stretch that is believed. */
  readonly leastLikeness: number
  /** Most that the longest interval of a stretch is of its shortest: about two is a beat that was not seen. */
  readonly mostRatio: number
  /** Which side of the band the beats are on; both when they may be on either. */
  readonly side: 'up' | 'both'
}

/**
 * ECG in µV: 97 ms of QRS within 611 ms of beat stand out by 8 %, averages of 20 ms (one period of 50 Hz) less those of
 * 100 ms. Beats below 50 µV are noise of the amplifier.
 */
export const ECG: BeatSignal = {
  band: { shortMs: 20, longMs: 100 },
  finder: { eventMs: 97, beatMs: 611, offset: 0.08, floor: 50 },
  leastLikeness: 0.66,
  mostRatio: 2.2,
  side: 'both',
}

/** Photoplethysmogram in counts, blood upwards: 111 ms of upstroke within 667 ms of beat stand out by 2 %. */
export const PPG: BeatSignal = {
  band: { shortMs: 60, longMs: 1_000 },
  finder: { eventMs: 111, beatMs: 667, offset: 0.02, floor: 20 },
  leastLikeness: 0.86,
  mostRatio: 1.8,
  side: 'up',
}

/** What is known of the heart at one instant. */
export type HeartRate =
  | {
      /** Mean over the stretch, 1/min. */
      readonly perMinute: number
      /** Mean correlation of the beats with their average, 0 to 1. */
      readonly quality: number
    }
  | { readonly missing: Missing }

/** Stretch that a heart rate is told of. */
export const STRETCH_MS = 10_000
/** A stretch with so few beats says nothing of how alike they are. */
const LEAST_BEATS = 4
/** Heart rates that are believed, from least to most, and the longest pause. */
const LEAST_PER_MINUTE = 30
const MOST_PER_MINUTE = 220
const LONGEST_MS = 3_000
/** More beats than that in one stretch are none. */
const BEATS_KEPT = 64

/**
 * Beats, intervals and heart rate of one signal, as they come. Bounded: it holds ten seconds.
 *
 * @see Orphanidou et al. 2015 for the rules on rate, pause, ratio and likeness; their 40 to 180/min is for resting
 *   adults at home, and a bradycardia that is hidden would be worse than one that is told; a pulse is held to a narrower
 *   ratio, because in it movement hides beats that an ECG shows
 */
export class HeartRateMeter {
  readonly #signal: BeatSignal
  readonly #rateHz: number
  readonly #band: Band
  readonly #finder: BeatFinder
  readonly #kept: Ring
  readonly #smooth: Ring
  /** Index of each of the last beats, round and round. */
  readonly #beats = new Float64Array(BEATS_KEPT)
  #beatCount = 0
  #index = -1
  /** From value to value; chips run some percent faster or slower than they are set. */
  #periodMs: number

  constructor(signal: BeatSignal, { rateHz }: { rateHz: number }) {
    this.#signal = signal
    this.#rateHz = rateHz
    this.#periodMs = 1_000 / rateHz
    this.#band = new Band({ rateHz, ...signal.band })
    this.#finder = new BeatFinder({ rateHz, ...signal.finder })
    const stretch = Math.round((STRETCH_MS * rateHz) / 1_000)
    this.#kept = new Ring(stretch + rateHz)
    this.#smooth = new Ring(stretch + rateHz)
  }

  /** As the clock has it, and no longer as the chip is set. */
  pace(periodMs: number): void {
    this.#periodMs = periodMs
  }

  /** @returns how many values ago a beat was that is certain now; −1 when there is none */
  push(value: number): number {
    const band = this.#band.push(value)
    this.#index++
    this.#kept.push(band)
    this.#smooth.push(this.#band.smooth)
    const seen = this.#signal.side === 'up' ? Math.max(0, band) : band
    const age = this.#finder.push(seen)
    if (age < 0) return -1
    this.#beats[this.#beatCount++ % BEATS_KEPT] = this.#index - age
    return age + this.#band.lag
  }

  /** Interval that the newest beat ended, in ms; `undefined` when it is the first. */
  get interval(): number | undefined {
    if (this.#beatCount < 2) return undefined
    return (this.#beat(0) - this.#beat(1)) * this.#periodMs
  }

  /** Signal at the newest beat and the least of it since the beat before, in its unit, without the fast part. */
  get stroke(): { readonly peak: number; readonly trough: number } | undefined {
    if (this.#beatCount < 2) return undefined
    const age = this.#index - this.#beat(0)
    const before = this.#index - this.#beat(1)
    let trough = Number.POSITIVE_INFINITY
    for (let at = age; at <= before; at++) trough = Math.min(trough, this.#smooth.at(at))
    return { peak: this.#smooth.at(age), trough }
  }

  /** Of the last ten seconds. */
  heartRate(): HeartRate {
    const ages = this.#agesWithin(Math.round((STRETCH_MS * this.#rateHz) / 1_000))
    if (this.#index + 1 < Math.round((STRETCH_MS * this.#rateHz) / 1_000)) return { missing: 'not-yet' }
    const [first, last] = [ages[0], ages.at(-1)]
    if (first === undefined || last === undefined || ages.length < LEAST_BEATS)
      return { missing: 'ambiguous' }
    const toMs = this.#periodMs
    let shortest = Number.POSITIVE_INFINITY
    let longest = this.#pauseMs(last)
    ages.forEach((age, place) => {
      const next = ages[place + 1]
      if (next === undefined) return
      const interval = (age - next) * toMs
      shortest = Math.min(shortest, interval)
      longest = Math.max(longest, interval)
    })
    const meanMs = ((first - last) * toMs) / (ages.length - 1)
    const perMinute = 60_000 / meanMs
    const isPlausible =
      perMinute >= LEAST_PER_MINUTE &&
      perMinute <= MOST_PER_MINUTE &&
      longest <= LONGEST_MS &&
      longest / shortest <= this.#signal.mostRatio
    if (!isPlausible) return { missing: 'ambiguous' }
    const quality = likeness(this.#kept, ages, Math.round(meanMs / toMs))
    if (quality === undefined || quality < this.#signal.leastLikeness) return { missing: 'ambiguous' }
    return { perMinute, quality }
  }

  /** The signal begins anew. */
  clear(): void {
    this.#band.clear()
    this.#finder.clear()
    this.#beatCount = 0
    this.#index = -1
  }

  /** Time without a beat since the last one, less what it takes to be certain of one. */
  #pauseMs(lastAge: number): number {
    const { eventMs, beatMs } = this.#signal.finder
    return lastAge * this.#periodMs - beatMs - eventMs
  }

  #beat(before: number): number {
    return this.#beats[(this.#beatCount - 1 - before) % BEATS_KEPT] ?? 0
  }

  #agesWithin(values: number): readonly number[] {
    const ages: number[] = []
    for (let before = 0; before < Math.min(this.#beatCount, BEATS_KEPT); before++) {
      const age = this.#index - this.#beat(before)
      if (age > values) break
      ages.unshift(age)
    }
    return ages
  }
}
