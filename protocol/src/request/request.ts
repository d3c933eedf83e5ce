import { type Address, type Hex32, toHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/** Most batches that one request asks for. */
export const REQUEST_BATCH_LIMIT = 10_000

/** A physician asks proxies to re-encrypt the data keys of these batches. */
export interface ReencryptionRequest {
  readonly physician: Address
  readonly grant: Hex32
  /** CIDs, 36 bytes each, as strings of hex in order. */
  readonly batches: readonly Uint8Array[]
  /** Hospitals that it is meant for. */
  readonly proxies: readonly Address[]
  /** Random, used once. */
  readonly nonce: Hex32
  readonly expires: UnixMs
}

const REQUEST = statement<object>(
  'ReencryptionRequest',
  'address physician,bytes32 grant,bytes32 batches,address[] proxies,bytes32 nonce,uint64 expires',
)

/** Digest that the physician signs; the CIDs go in as keccak256 of them joined. */
export function requestDigest(realm: Realm, request: ReencryptionRequest): Uint8Array {
  return digestOf(realm, REQUEST, { ...request, batches: toHex(keccak256(...request.batches)) })
}

/** @returns 64 bytes */
export function signRequest(realm: Realm, request: ReencryptionRequest, signer: Signer): Uint8Array {
  return signer.sign(requestDigest(realm, request))
}

/** Whether `request.physician` signed it for this realm. */
export function isRequestSigned(
  realm: Realm,
  request: ReencryptionRequest,
  signature: Uint8Array,
  recover: Recover,
): boolean {
  return recover(requestDigest(realm, request), signature) === request.physician
}
