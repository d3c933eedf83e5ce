import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { curve } from './noise.ts'
import type { Signal } from './signal.ts'

/** A made-up bed in a made-up room, whatever the patient's recording is. */
export interface Surroundings {
  /** Of the room, in `Cel`. */
  readonly temperature: Signal
  /** Relative, in `%`. */
  readonly humidity: Signal
  /** In `hPa`. */
  readonly pressure: Signal
  /** Of the patient, in `m/s2` beyond gravity, never less than none: mostly still, now and then turning. */
  readonly movement: Signal
}

/** The same `seed` gives the same room. */
export function surroundingsOf(seed: number): Surroundings {
  const warmth = curve(seed, 8, [
    { periodMs: 6 * HOUR_MS, deviation: 0.8 },
    { periodMs: MINUTE_MS, deviation: 0.02 },
  ])
  const damp = curve(seed, 9, [{ periodMs: HOUR_MS, deviation: 2 }])
  const weather = curve(seed, 10, [
    { periodMs: 12 * HOUR_MS, deviation: 4 },
    { periodMs: MINUTE_MS, deviation: 0.05 },
  ])
  const restlessness = curve(seed, 11, [{ periodMs: 20 * SECOND_MS, deviation: 0.5 }])
  return {
    temperature: (at) => 22 + warmth(at),
    humidity: (at) => 45 + damp(at),
    pressure: (at) => 1_013 + weather(at),
    movement: (at) => Math.max(0, restlessness(at) - 0.5),
  }
}
