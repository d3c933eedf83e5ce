import type { Reading } from '@hygeia/protocol/sample'
import type { Celsius } from '@hygeia/protocol/units'
import type { Calibration } from './calibration.ts'
import { DATA_BYTES } from './registers.ts'

/** What the data registers hold after a reset and when a measurement is skipped (§5.4.7 to §5.4.9). */
export const NOT_MEASURED = 0x80000
export const HUMIDITY_NOT_MEASURED = 0x8000

/** One measurement as the converter has it. */
export interface Counts {
  /** 20 bits; falls when the pressure rises. */
  readonly pressure: number
  /** 20 bits. */
  readonly temperature: number
  /** 16 bits. */
  readonly humidity: number
}

/**
 * @param bytes - eight bytes from F7h on: pressure and temperature 20 bits in three bytes each, humidity 16
 *   bits
 * @throws {RangeError} when they are not eight
 * @see BST-BME280-DS002 §5.4.7 to §5.4.9
 */
export function toCounts(bytes: Uint8Array): Counts {
  if (bytes.length !== DATA_BYTES) throw new RangeError(`not a measurement: ${bytes.length} bytes`)
  const fields = new DataView(bytes.buffer, bytes.byteOffset, DATA_BYTES)
  return {
    pressure: (fields.getUint16(0) << 4) | (fields.getUint8(2) >> 4),
    temperature: (fields.getUint16(3) << 4) | (fields.getUint8(5) >> 4),
    humidity: fields.getUint16(6),
  }
}

/**
 * `t_fine` of the datasheet, 5120 a °C.
 *
 * Its listing cuts it to an integer, which is worth 0.0002 °C; its worked example does not, and nor does
 * this.
 *
 * @see BST-BME280-DS002 §8.1, as for the three below; the example is in BST-BMP280-DS001 §3.12
 */
export function fineTemperature(counts: number, { t1, t2, t3 }: Calibration): number {
  const linear = (counts / 16384 - t1 / 1024) * t2
  const square = (counts / 131072 - t1 / 8192) ** 2 * t3
  return linear + square
}

export function toCelsius(fine: number): Celsius {
  return (fine / 5120) as Celsius
}

/** @returns hPa, or nothing for a trimming that divides by zero, as that of a blank chip does */
export function toHectopascal(counts: number, fine: number, calibration: Calibration): number | undefined {
  const { p1, p2, p3, p4, p5, p6, p7, p8, p9 } = calibration
  const warmth = fine / 2 - 64000
  const offset = ((warmth * warmth * p6) / 32768 + warmth * p5 * 2) / 4 + p4 * 65536
  const slope = (1 + ((p3 * warmth * warmth) / 524288 + p2 * warmth) / 524288 / 32768) * p1
  if (slope === 0) return undefined
  const linear = ((1048576 - counts - offset / 4096) * 6250) / slope
  const square = (p9 * linear * linear) / 2147483648
  const pascal = linear + (square + (linear * p8) / 32768 + p7) / 16
  return pascal / 100
}

/** @returns 0 to 100 % of relative humidity, to which the datasheet limits it */
export function toPercent(counts: number, fine: number, calibration: Calibration): number {
  const { h1, h2, h3, h4, h5, h6 } = calibration
  const warmth = fine - 76800
  const beyondOffset = counts - (h4 * 64 + (h5 / 16384) * warmth)
  const slope = (h2 / 65536) * (1 + (h6 / 67108864) * warmth * (1 + (h3 / 67108864) * warmth))
  const linear = beyondOffset * slope
  return Math.min(100, Math.max(0, linear * (1 - (h1 * linear) / 524288)))
}

/** Temperature in `Cel`, relative humidity in `%` and pressure in `hPa`, or why there is none. */
export type Climate = {
  readonly temperature: Reading
  readonly humidity: Reading
  readonly pressure: Reading
}

/** The same reading for all quantities. */
export function all(reading: Reading): Climate {
  return { temperature: reading, humidity: reading, pressure: reading }
}

const NOT_YET: Reading = { missing: 'not-yet' }

/**
 * What a measurement says.
 *
 * The reset values are among what can be measured: while a quantity is at just that step, 0.005 °C wide, it
 * is taken for not measured.
 */
export function toClimate(counts: Counts, calibration: Calibration): Climate {
  // The others cannot be told without the temperature.
  if (counts.temperature === NOT_MEASURED) return all(NOT_YET)
  const fine = fineTemperature(counts.temperature, calibration)
  const isHumid = counts.humidity !== HUMIDITY_NOT_MEASURED
  const isPressed = counts.pressure !== NOT_MEASURED
  const pressure = toHectopascal(counts.pressure, fine, calibration)
  return {
    temperature: { value: toCelsius(fine) },
    humidity: isHumid ? { value: toPercent(counts.humidity, fine, calibration) } : NOT_YET,
    pressure: isPressed ? orSensorError(pressure) : NOT_YET,
  }
}

function orSensorError(value: number | undefined): Reading {
  return value === undefined ? { missing: 'sensor-error' } : { value }
}
