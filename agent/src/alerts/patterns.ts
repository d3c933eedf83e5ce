import type { AlarmPriority } from '@hygeia/protocol/alarm/alarm'

/** On and off in turn, ms, beginning with on; then over again. */
export type Pattern = readonly number[]

/** What is to be heard: a priority of a clinical alarm, or that of the equipment. */
export type Sound = AlarmPriority | 'technical'
/** What is to be seen. */
export type Light = AlarmPriority | 'technical' | 'held-back' | 'well'

const X = 100
const PULSE = 150

/** As one burst of the standard: three, two, a rest, three, two. */
const TEN: Pattern = [
  ...[PULSE, X, PULSE, X, PULSE, 2 * X + PULSE, PULSE, X, PULSE, 700],
  ...[PULSE, X, PULSE, X, PULSE, 2 * X + PULSE, PULSE, X, PULSE, 3_000],
]

/**
 * Bursts of a buzzer that can only be on or off: number, spacing and rest follow IEC 60601-1-8:2006 table 3 and 4.
 * That of the equipment is two ticks, too short for any of the others.
 */
export const SOUNDS: Readonly<Record<Sound, Pattern>> = {
  high: TEN,
  medium: [200, 200, 200, 200, 200, 10_000],
  low: [200, 200, 200, 20_000],
  technical: [50, 80, 50, 20_000],
}

/** Flashes after IEC 60601-1-8 table 2, 2 Hz for high and 0.5 Hz for medium; on for low; and ours. */
export const LIGHTS: Readonly<Record<Light, Pattern>> = {
  high: [100, 400],
  medium: [500, 1_500],
  low: [1_000, 0],
  technical: [1_000, 0],
  'held-back': [50, 150, 50, 1_750],
  well: [50, 4_950],
}
