import type { Celsius } from '@hygeia/protocol/units'
import type { ResolutionBits } from './registers.ts'

/** The high byte of a temperature counts degrees, whatever the resolution. */
const COUNTS_PER_CELSIUS = 256

/**
 * Temperature held in the result register.
 *
 * @param word - register 00h, high byte first: 16 bits, two's complement, left aligned, 0 to 0xffff
 * @param resolutionBits - how many of them count; those below are undefined on an LM75
 * @returns -128 to 127.5 °C in steps of 0.5 °C, or to 127.9375 °C in steps of 0.0625 °C
 * @throws {RangeError} when `word` is not an unsigned 16-bit integer
 * @see TI SNIS153B (LM75B), "Temperature data format"; TI SLLS648D (TMP105), tables 3 to 5
 */
export function toCelsius(word: number, resolutionBits: ResolutionBits): Celsius {
  if (!Number.isInteger(word) || word < 0 || word > 0xffff) throw new RangeError(`not a 16-bit word: ${word}`)
  const unusedBits = 16 - resolutionBits
  const measured = (word >> unusedBits) << unusedBits
  const counts = measured < 0x8000 ? measured : measured - 0x10000
  return (counts / COUNTS_PER_CELSIUS) as Celsius
}

/** Two bytes, the high one first. */
export function toWord([high = 0, low = 0]: Uint8Array): number {
  return (high << 8) | low
}
