import { type Address, type Hex32, toHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'

/** A physician's Umbral public key, vouched for by the physician's account. */
export interface PhysicianKey {
  readonly physician: Address
  /** 33 bytes. */
  readonly receivingKey: Uint8Array
}

export interface SignedPhysicianKey extends PhysicianKey {
  readonly signature: Uint8Array
}

const PHYSICIAN_KEY = statement<object>('PhysicianKey', 'address physician,bytes receivingKey')

function digest(realm: Realm, { physician, receivingKey }: PhysicianKey): Uint8Array {
  return digestOf(realm, PHYSICIAN_KEY, { physician, receivingKey: toHex(receivingKey) })
}

export function signPhysicianKey(realm: Realm, key: PhysicianKey, signer: Signer): SignedPhysicianKey {
  return { ...key, signature: signer.sign(digest(realm, key)) }
}

export function isPhysicianKeySigned(realm: Realm, key: SignedPhysicianKey, recover: Recover): boolean {
  return recover(digest(realm, key), key.signature) === key.physician
}

/** What the Directory holds of the key. */
export function keyDigest(receivingKey: Uint8Array): Hex32 {
  return toHex(keccak256(receivingKey)) as string as Hex32
}

/** The key as six groups of five digits, to compare by telephone or on paper. */
export function fingerprint(receivingKey: Uint8Array): string {
  const digest = keccak256(receivingKey)
  const view = new DataView(digest.buffer, digest.byteOffset)
  return Array.from({ length: 6 }, (_, index) =>
    String(view.getUint32(index * 4) % 100_000).padStart(5, '0'),
  ).join(' ')
}
