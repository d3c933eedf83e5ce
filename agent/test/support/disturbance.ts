import type { Waveform } from '@hygeia/agent/simulation/recorded-waveforms'

/** A value of what disturbs a signal, in its unit. @param seconds - since its beginning */
export type Disturbance = (seconds: number) => number

export const sine =
  (amplitude: number, hz: number): Disturbance =>
  (seconds) =>
    amplitude * Math.sin(2 * Math.PI * hz * seconds)

/** Muscle and movement: noise of this root mean square below some 10 Hz, the same for one seed. */
export function motion(rms: number, seed = 7): Disturbance {
  let state = seed >>> 0
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  let level = 0
  // Of a first-order filter that keeps 9 tenths: its gain for white noise is 1 / √(1 − 0.81); a sum of three has 1 / 4.
  const step = (rms * Math.sqrt(1 - 0.81)) / Math.sqrt(3 / 12)
  return () => {
    level = 0.9 * level + step * (random() + random() + random() - 1.5)
    return level
  }
}

export function disturbed({ rateHz, values }: Waveform, disturbance: Disturbance): Waveform {
  return { rateHz, values: values.map((value, index) => value + disturbance(index / rateHz)) }
}
