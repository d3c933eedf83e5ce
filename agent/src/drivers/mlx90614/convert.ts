import type { Reading } from '@hygeia/protocol/sample'
import type { Celsius } from '@hygeia/protocol/units'
import { ERROR_FLAG, LOWEST_RESULT } from './registers.ts'

/** A count is 0.02 K. In hundredths, so that the result is the decimal of the datasheet and not one beside it. */
const HUNDREDTHS_PER_COUNT = 2
/** 0 °C in hundredths of a kelvin. */
const FREEZING = 27_315

/**
 * Temperature held in a word of RAM.
 *
 * @param word - RAM 06h or 07h without error flag: 0 to 0x7fff
 * @returns -273.15 to 382.19 °C in steps of 0.02 °C; of these the chip measures -70 to 380 °C in view and -40 to
 *   125 °C at itself
 * @throws {RangeError} when `word` is not an unsigned 15-bit integer
 * @see Melexis 3901090614 (MLX90614 family datasheet), "RAM" and "Commands"
 */
export function toCelsius(word: number): Celsius {
  if (!Number.isInteger(word) || word < 0 || word > 0x7fff) throw new RangeError(`not a 15-bit word: ${word}`)
  return ((word * HUNDREDTHS_PER_COUNT - FREEZING) / 100) as Celsius
}

/** What a word of RAM says: its temperature, or that the chip could not calculate one. */
export function toReading(word: number): Reading {
  return (word & ERROR_FLAG) === 0 ? { value: toCelsius(word) } : { missing: 'sensor-error' }
}

/** Whether a word of RAM comes from a calculation, and not from power-up. */
export function isResult(word: number): boolean {
  return word >= LOWEST_RESULT
}
