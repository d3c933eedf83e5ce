import { FULL_SCALE, type Input, type RangeV } from './registers.ts'

/** What is between the body and the input. */
export interface FrontEnd {
  /** Voltage at the input for each one at the body. */
  readonly gain: number
  /** Voltage at the input where there is none at the body, in µV. */
  readonly offsetUv: number
}

/** One of the four inputs: how it is read, and what is before it. */
export interface InputOptions {
  /** Name of the quantity. */
  readonly quantity: string
  readonly input: Input
  readonly rangeV: RangeV
  readonly frontEnd: FrontEnd
  /** Its front end drives the lead-off lines. */
  readonly hasLeadOff: boolean
}

/**
 * Voltage at the body.
 *
 * @param word - conversion register: 16 bits, two's complement, 0 to 0xffff
 * @returns µV; NaN at either end of the range: it may be anything beyond
 * @see TI SBAS444E §7.5.4, table 7-3
 */
export function toMicrovolts(
  word: number,
  { rangeV, frontEnd }: Pick<InputOptions, 'rangeV' | 'frontEnd'>,
): number {
  if (word === 0x7fff || word === 0x8000) return Number.NaN
  const counts = word < 0x8000 ? word : word - 0x10000
  return ((counts * Math.round(rangeV * 1e6)) / FULL_SCALE - frontEnd.offsetUv) / frontEnd.gain
}
