import { fromHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'
import { domainSeparator, type Realm, statement } from '../typed-data/domain.ts'
import { associatedData } from './codec.ts'
import type { SealedHeader } from './header.ts'

/** @see EIP-712; `header` is keccak256 of the associated data, `ciphertext` of the ciphertext */
export const SEALED_BATCH = statement<{ header: string; ciphertext: string }>(
  'SealedBatch',
  'bytes32 header,bytes32 ciphertext',
)

const TYPE_HASH = keccak256(new TextEncoder().encode('SealedBatch(bytes32 header,bytes32 ciphertext)'))
const PREFIX = fromHex('0x1901')

/** Makes the digest that a device signs; the domain is hashed once, because this runs for every batch. */
export function sealedDigester(realm: Realm): (header: SealedHeader, ciphertext: Uint8Array) => Uint8Array {
  const separator = domainSeparator(realm)
  return (header, ciphertext) =>
    keccak256(
      PREFIX,
      separator,
      keccak256(TYPE_HASH, keccak256(associatedData(header)), keccak256(ciphertext)),
    )
}
