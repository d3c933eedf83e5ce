import { UV_PER_COUNT } from './registers.ts'

/** What is between the body and the input. */
export interface FrontEnd {
  /** Voltage at the input for each one at the body. */
  readonly gain: number
  /** Voltage at the input where there is none at the body, in µV. */
  readonly offsetUv: number
}

/**
 * Voltage at the body.
 *
 * @param word - conversion register: 16 bits, two's complement, 0 to 0xffff, in the range ±4.096 V
 * @returns µV
 * @see TI SBAS444E §7.5.4, table 7-3
 */
export function toMicrovolts(word: number, { gain, offsetUv }: FrontEnd): number {
  const counts = word < 0x8000 ? word : word - 0x10000
  return (counts * UV_PER_COUNT - offsetUv) / gain
}

/** Either end of the range: the voltage may be anything beyond it. */
export function isClipped(word: number): boolean {
  return word === 0x7fff || word === 0x8000
}
