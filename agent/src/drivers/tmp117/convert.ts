import type { Celsius } from '@hygeia/protocol/units'

/** Size of one count of the result register. */
const CELSIUS_PER_COUNT = 0.0078125

/** What the result register holds from power-up until the first conversion is complete (SNOSD82D §7.3.1). */
export const NOT_YET_CONVERTED = 0x8000

/**
 * Temperature held in the result register.
 *
 * @param word - register 00h: 16 bits, two's complement, 0 to 0xffff
 * @returns -256 to 255.992 °C in steps of 0.0078125 °C
 * @throws {RangeError} when `word` is not an unsigned 16-bit integer
 * @see TI SNOSD82D (TMP117 datasheet) §7.3.3, table 7-1
 */
export function toCelsius(word: number): Celsius {
  if (!Number.isInteger(word) || word < 0 || word > 0xffff) throw new RangeError(`not a 16-bit word: ${word}`)
  const counts = word < 0x8000 ? word : word - 0x10000
  return (counts * CELSIUS_PER_COUNT) as Celsius
}

/** The two bytes of a word the other way round: the chip sends the high byte first, SMBus expects the low one. */
export function swapped(word: number): number {
  return ((word & 0xff) << 8) | (word >> 8)
}
