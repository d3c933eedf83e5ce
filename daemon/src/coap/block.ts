import { readUint, uintValue } from './message.ts'

/** A Block1 or Block2 option. */
export interface Block {
  readonly number: number
  readonly hasMore: boolean
  /** 0 to 6: blocks of 16 to 1024 bytes. */
  readonly sizeExponent: number
}

/** Largest block: 1024 bytes. */
export const LARGEST_EXPONENT = 6

export const blockBytes = ({ sizeExponent }: Pick<Block, 'sizeExponent'>) => 2 ** (sizeExponent + 4)

/** @returns undefined when it is too long or of the reserved size @see RFC 7959 §2.2 */
export function parseBlock(value: Uint8Array): Block | undefined {
  const number = value.length > 3 ? undefined : readUint(value)
  if (number === undefined || (number & 7) > LARGEST_EXPONENT) return undefined
  return { number: number >> 4, hasMore: (number & 8) !== 0, sizeExponent: number & 7 }
}

export function encodeBlock({ number, hasMore, sizeExponent }: Block): Uint8Array {
  return uintValue(number * 16 + (hasMore ? 8 : 0) + sizeExponent)
}
