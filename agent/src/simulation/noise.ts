import { DAY_MS, HOUR_MS, MINUTE_MS, type MonotonicMs, SECOND_MS } from '@hygeia/protocol/units'
import type { Signal } from './signal.ts'

/** One component of a noise: a smooth random curve through a new point every `periodMs`. */
export interface Octave {
  readonly periodMs: number
  /** Standard deviation of its points. */
  readonly deviation: number
}

/** Vital signs of a resting patient, as sensors at 1 Hz show them: drift, breathing, and the sensors' own noise. */
export interface NoisyVitals {
  /** Heart rate from the electrical side, in `/min`. */
  readonly heartRate: Signal
  /** The same beats counted at the finger, in `/min`. */
  readonly pulse: Signal
  /** In `%`, at most 100. */
  readonly spo2: Signal
  /** Skin, in `Cel`. */
  readonly temperature: Signal
}

const BEATS: readonly Octave[] = [
  { periodMs: HOUR_MS, deviation: 4 },
  { periodMs: 5 * MINUTE_MS, deviation: 2.5 },
  { periodMs: 30 * SECOND_MS, deviation: 1.5 },
  // Sinus arrhythmia: the heart speeds up with each breath in.
  { periodMs: 2 * SECOND_MS, deviation: 0.8 },
]
const SATURATION: readonly Octave[] = [
  { periodMs: 20 * MINUTE_MS, deviation: 0.6 },
  { periodMs: MINUTE_MS, deviation: 0.4 },
  { periodMs: 5 * SECOND_MS, deviation: 0.15 },
]
const SKIN: readonly Octave[] = [
  { periodMs: DAY_MS, deviation: 0.3 },
  { periodMs: 15 * MINUTE_MS, deviation: 0.1 },
  { periodMs: MINUTE_MS, deviation: 0.01 },
]

/** Noise of the sensors themselves, new at every reading of 1 Hz. */
const SENSOR = { rate: 0.2, spo2: 0.06, celsius: 0.006 }

/** The same `seed` gives the same patient, whatever is asked in which order. */
export function noisyVitals(seed: number): NoisyVitals {
  const beats = curve(seed, 1, BEATS)
  const [heartNoise, pulseNoise] = [curve(seed, 2, each(SENSOR.rate)), curve(seed, 3, each(SENSOR.rate))]
  const saturation = curve(seed, 4, SATURATION)
  const spo2Noise = curve(seed, 5, each(SENSOR.spo2))
  return {
    heartRate: (at) => tenths(74 + beats(at) + heartNoise(wholeSecond(at))),
    pulse: (at) => tenths(74 + beats(at) + pulseNoise(wholeSecond(at))),
    spo2: (at) => tenths(Math.min(100, 97 + saturation(at) + spo2Noise(wholeSecond(at)))),
    temperature: skinTemperature(seed),
  }
}

/** Skin temperature in `Cel`: 33.5 °C, a slow drift and about one count (1/128 °C) of noise at 1 Hz. */
export function skinTemperature(seed: number): Signal {
  const drift = curve(seed, 6, SKIN)
  const noise = curve(seed, 7, each(SENSOR.celsius))
  return (at) => 33.5 + drift(at) + noise(wholeSecond(at))
}

const each = (deviation: number): readonly Octave[] => [{ periodMs: SECOND_MS, deviation }]
const wholeSecond = (at: MonotonicMs) => (Math.floor(at / SECOND_MS) * SECOND_MS) as MonotonicMs
const tenths = (value: number) => Math.round(value * 10) / 10

/** The sum of `octaves` around 0; another `channel` of the same `seed` goes its own way. */
export function curve(
  seed: number,
  channel: number,
  octaves: readonly Octave[],
): (at: MonotonicMs) => number {
  return (at) => {
    let sum = 0
    for (const [index, { periodMs, deviation }] of octaves.entries()) {
      const stream = mixed(mixed(seed, channel), index)
      const position = at / periodMs
      const from = Math.floor(position)
      const along = position - from
      // Smoothstep between two points: no jump in the slope where a period ends.
      const weight = along * along * (3 - 2 * along)
      sum += deviation * (gaussian(stream, from) * (1 - weight) + gaussian(stream, from + 1) * weight)
    }
    return sum
  }
}

/** A normal deviate that belongs to `index`, by the sum of twelve uniform ones: never beyond ±6. */
function gaussian(stream: number, index: number): number {
  let state = mixed(stream, index)
  let sum = -6
  for (let term = 0; term < 12; term++) {
    state = mixed(state, term)
    sum += state / 0x1_0000_0000
  }
  return sum
}

/** 32 bits out of two numbers; the finaliser of MurmurHash3. */
function mixed(a: number, b: number): number {
  let hash = (a ^ Math.imul(b | 0, 0x9e37_79b1)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
