import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Signal } from './signal.ts'

/** A made-up resting heart: 75 beats a minute, perfectly even. */
const BEAT_MS = 800
/** 15 breaths a minute. */
const BREATH_MS = 4_000

/** P, Q, R, S and T of a lead: when, how wide, both in parts of a beat, and how high, in µV. */
const WAVES = [
  [0.2, 0.025, 120],
  [0.36, 0.01, -100],
  [0.385, 0.011, 1_100],
  [0.41, 0.01, -220],
  [0.62, 0.045, 280],
] as const

/** An ECG lead as a sum of bells, in µV at the body. @see McSharry 2003, doi:10.1109/TBME.2003.808805, for the idea */
export function madeUpEcg(at: MonotonicMs): number {
  const phase = (at % BEAT_MS) / BEAT_MS
  return WAVES.reduce((sum, [centre, width, height]) => sum + height * bell(phase, centre, width), 0)
}

/** Chest circumference as a belt's voltage, in V. */
export function madeUpBreath(at: MonotonicMs): number {
  return 1.65 + 0.4 * Math.sin((2 * Math.PI * at) / BREATH_MS)
}

/** Light back from a finger, in counts at 7 mA: `depth` of `level` is taken away by each pulse. */
export function madeUpPulse(level: number, depth: number): Signal {
  return (at) => {
    const phase = (at % BEAT_MS) / BEAT_MS
    return level * (1 - depth * (bell(phase, 0.55, 0.09) + 0.4 * bell(phase, 0.8, 0.1)))
  }
}

function bell(x: number, centre: number, width: number): number {
  return Math.exp(-((x - centre) ** 2) / (2 * width ** 2))
}
