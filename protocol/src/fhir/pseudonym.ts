import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Address } from '../ids.ts'
import type { Identifier, Link } from './resources.ts'

/** Names what stands behind the `value` of an identifier: an account address, the only name anyone has here. */
const ACCOUNT = 'urn:hygeia:account'

/** The same URN for the same name, whenever it is exported. @see RFC 9562 §5.8 (UUIDv8) */
export function urnOf(name: string): string {
  const bytes = sha256(new TextEncoder().encode(name)).subarray(0, 16)
  bytes[6] = (Number(bytes[6]) & 0x0f) | 0x80
  bytes[8] = (Number(bytes[8]) & 0x3f) | 0x80
  const hex = bytesToHex(bytes)
  return `urn:uuid:${[
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-')}`
}

/**
 * How resources point to each other. Takes `Type/id`; inside of a Bundle that nobody serves it is a URN, on a server
 * the name itself.
 */
export type Linking = (name: string) => string
export const inBundle: Linking = urnOf
export const onServer: Linking = (name) => name

/** Id of the Patient or Device of an account: the 40 hex digits of its address. */
export function accountId(account: Address): string {
  return account.slice(2)
}

/** @param id - of the resource, 1 to 64 characters */
export function linkTo(type: string, id: string, linking: Linking): Link {
  return { reference: linking(`${type}/${id}`), type }
}

export function identifierOf(account: Address): Identifier {
  return { system: ACCOUNT, value: account }
}
