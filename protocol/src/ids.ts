import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { MalformedError } from './errors.ts'
import type { Brand } from './units.ts'

/** Account address: `0x` and 40 lower-case hex digits. */
export type Address = Brand<string, 'Address'>
/** 32 bytes as `0x` and 64 lower-case hex digits: a hash, a root, a salt. */
export type Hex32 = Brand<string, 'Hex32'>
/** Random name of one life of a spool: `0x` and 16 lower-case hex digits. */
export type Incarnation = Brand<string, 'Incarnation'>
/** Random name of one boot of a device: `0x` and 16 lower-case hex digits. */
export type BootId = Brand<string, 'BootId'>
/** Any bytes as `0x` and lower-case hex digits. */
export type Hex = `0x${string}`

function parserOf<T extends string>(name: string, digits: number): (text: string) => T {
  const pattern = new RegExp(`^0x[0-9a-f]{${digits}}$`)
  return (text) => {
    if (!pattern.test(text)) throw new MalformedError(name, `not 0x and ${digits} lower-case hex digits`)
    return text as T
  }
}

/** @throws {MalformedError} unless `text` is `0x` and 40 lower-case hex digits */
export const parseAddress = parserOf<Address>('address', 40)
/** @throws {MalformedError} unless `text` is `0x` and 64 lower-case hex digits */
export const parseHex32 = parserOf<Hex32>('hex32', 64)
/** @throws {MalformedError} unless `text` is `0x` and 16 lower-case hex digits */
export const parseIncarnation = parserOf<Incarnation>('incarnation', 16)
/** @throws {MalformedError} unless `text` is `0x` and 16 lower-case hex digits */
export const parseBootId = parserOf<BootId>('boot id', 16)

/** Address as ethers writes it (mixed case) to the form used here. */
export function addressOf(checksummed: string): Address {
  return parseAddress(checksummed.toLowerCase())
}

export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** @throws {MalformedError} when `text` is not `0x` and an even number of hex digits */
export function fromHex(text: string): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(text)) throw new MalformedError('hex', 'not 0x and whole bytes of hex')
  return hexToBytes(text.slice(2))
}
