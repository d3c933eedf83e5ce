import { Current, FULL_SCALE, SAMPLE_BYTES } from './registers.ts'

/** Light that came back, 0 to 262143 counts; NaN where it was more than the chip can count. */
export interface Light {
  readonly led1: Float64Array
  readonly led2: Float64Array
}

/** Without a finger less than this comes back for each step of the LED's current: 50,000 counts at 7 mA. */
const FINGER_COUNTS_PER_STEP = 50_000 / Current.first

/** Of whole samples as the FIFO gives them. @see Maxim 19-7740 rev. 1, "FIFO Data Register" */
export function toLight(bytes: Uint8Array): Light {
  const length = Math.floor(bytes.length / SAMPLE_BYTES)
  const light = { led1: new Float64Array(length), led2: new Float64Array(length) }
  for (let index = 0; index < length; index++) {
    light.led1[index] = countsAt(bytes, index * SAMPLE_BYTES)
    light.led2[index] = countsAt(bytes, index * SAMPLE_BYTES + SAMPLE_BYTES / 2)
  }
  return light
}

/** @param counts - of a burst, of the infrared LED @param current - in steps of 0.2 mA */
export function isFinger(counts: Float64Array, current: number): boolean {
  return meanOf(counts) >= FINGER_COUNTS_PER_STEP * current
}

/** The current that brings the mean of a burst back to the middle, 1 to 25 mA; the same while it is near. */
export function nextCurrent(counts: Float64Array, current: number): number {
  const mean = meanOf(counts)
  if (mean > 0.3 * FULL_SCALE && mean < 0.85 * FULL_SCALE) return current
  const wanted = Math.round((current * 0.6 * FULL_SCALE) / Math.max(1, mean))
  return Math.min(Current.most, Math.max(Current.least, wanted))
}

function countsAt(bytes: Uint8Array, at: number): number {
  const [high = 0, middle = 0, low = 0] = bytes.subarray(at, at + 3)
  const counts = ((high << 16) | (middle << 8) | low) & FULL_SCALE
  return counts === FULL_SCALE ? Number.NaN : counts
}

/** What was too much to count counts as full scale. */
function meanOf(counts: Float64Array): number {
  return counts.reduce((sum, one) => sum + (Number.isNaN(one) ? FULL_SCALE : one), 0) / counts.length
}
