import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Address } from '../ids.ts'
import type { Identifier, Reference } from './resources.ts'

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

/** Who is meant, by pseudonym. The Bundle that holds the reference holds the resource too. */
export function referenceTo(type: Reference['type'], account: Address): Reference {
  return { reference: urnOf(`${type}/${account}`), type }
}

export function identifierOf(account: Address): Identifier {
  return { system: ACCOUNT, value: account }
}
