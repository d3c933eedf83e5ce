import { FRAME_BYTES } from './registers.ts'

/** AFS_SEL 1, RM-MPU-6000A-00 rev. 4.2, "Accelerometer Measurements", registers 59 to 64. */
const COUNTS_PER_G = 8192

/** Standard gravity, exact by definition (3rd CGPM, 1901), in m/s². */
const STANDARD_GRAVITY = 9.80665

/**
 * How much the chip moved: the mean of `max(|a| − 1 g, 0)`, known as ENMO, "Euclidean norm minus one".
 *
 * It is the same however the chip is turned. What is all zeros was not measured: at rest there is gravity,
 * and zeros are what the registers hold after a reset.
 *
 * @param frames - whole frames as the FIFO has them: x, y and z, 16 bits each, two's complement, high byte
 *   first, 8192 counts a g
 * @returns 0 to 58.2 m/s²; nothing when no frame was measured
 * @throws {RangeError} when the last frame is not whole
 * @see van Hees et al. 2013, "Separating Movement and Gravity Components in an Acceleration Signal and
 *   Implications for the Assessment of Human Daily Physical Activity", PLoS ONE 8(4): e61691
 */
export function toMovement(frames: Uint8Array): number | undefined {
  if (frames.length % FRAME_BYTES !== 0) throw new RangeError(`not whole frames: ${frames.length} bytes`)
  const fields = new DataView(frames.buffer, frames.byteOffset, frames.length)
  let sum = 0
  let measured = 0
  for (let at = 0; at < frames.length; at += FRAME_BYTES) {
    const counts = Math.hypot(fields.getInt16(at), fields.getInt16(at + 2), fields.getInt16(at + 4))
    if (counts === 0) continue
    measured++
    sum += Math.max(counts / COUNTS_PER_G - 1, 0)
  }
  return measured === 0 ? undefined : (sum / measured) * STANDARD_GRAVITY
}
