import { CALIBRATION_HIGH_BYTES, CALIBRATION_LOW_BYTES } from './registers.ts'

/** Trimming parameters of one chip, `dig_T1` to `dig_H6` of the datasheet; dimensionless. */
export interface Calibration {
  readonly t1: number
  readonly t2: number
  readonly t3: number
  readonly p1: number
  readonly p2: number
  readonly p3: number
  readonly p4: number
  readonly p5: number
  readonly p6: number
  readonly p7: number
  readonly p8: number
  readonly p9: number
  readonly h1: number
  readonly h2: number
  readonly h3: number
  readonly h4: number
  readonly h5: number
  readonly h6: number
}

/**
 * Trimming parameters as the chip holds them: 16 bits each, low byte first, signed but for `t1` and `p1`;
 * `h1` and `h3` are unsigned bytes, `h6` is a signed one, `h4` and `h5` share the byte E5h and are 12 bits,
 * signed.
 *
 * @param low - 26 bytes from 88h on
 * @param high - 7 bytes from E1h on
 * @throws {RangeError} when they are not that many
 * @see BST-BME280-DS002 §4.2.2, table 16
 */
export function toCalibration(low: Uint8Array, high: Uint8Array): Calibration {
  if (low.length !== CALIBRATION_LOW_BYTES || high.length !== CALIBRATION_HIGH_BYTES) {
    throw new RangeError(`not the trimming parameters: ${low.length} and ${high.length} bytes`)
  }
  const first = new DataView(low.buffer, low.byteOffset, low.length)
  const second = new DataView(high.buffer, high.byteOffset, high.length)
  const shared = second.getUint8(4)
  return {
    t1: first.getUint16(0, true),
    t2: first.getInt16(2, true),
    t3: first.getInt16(4, true),
    p1: first.getUint16(6, true),
    p2: first.getInt16(8, true),
    p3: first.getInt16(10, true),
    p4: first.getInt16(12, true),
    p5: first.getInt16(14, true),
    p6: first.getInt16(16, true),
    p7: first.getInt16(18, true),
    p8: first.getInt16(20, true),
    p9: first.getInt16(22, true),
    h1: first.getUint8(25),
    h2: second.getInt16(0, true),
    h3: second.getUint8(2),
    // The sign is in the whole byte.
    h4: second.getInt8(3) * 16 + (shared & 0x0f),
    h5: second.getInt8(5) * 16 + (shared >> 4),
    h6: second.getInt8(6),
  }
}
