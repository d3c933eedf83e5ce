import type { Address, Hex32 } from '../ids.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'

/** Why a hospital will never take a batch. */
export const REFUSALS = [
  'MALFORMED',
  'TOO_LARGE',
  'UNKNOWN_DEVICE',
  'SUSPENDED_DEVICE',
  'WRONG_DEVICE',
  'BAD_SIGNATURE',
  'WRONG_LABEL',
  'FORKED',
] as const
export type RefusalReason = (typeof REFUSALS)[number]

/** A hospital's word that it will never take these bytes. */
export interface Refusal {
  readonly hospital: Address
  /** SHA-256 of the bytes that were sent. */
  readonly digest: Hex32
  readonly reason: RefusalReason
}

export interface SignedRefusal extends Refusal {
  /** By the hospital's receipt key. */
  readonly signature: Uint8Array
}

export const REFUSAL = statement<Refusal>('Refusal', 'address hospital,bytes32 digest,string reason')

const bare = ({ hospital, digest, reason }: Refusal): Refusal => ({ hospital, digest, reason })

export function signRefusal(realm: Realm, refusal: Refusal, signer: Signer): SignedRefusal {
  return { ...bare(refusal), signature: signer.sign(digestOf(realm, REFUSAL, bare(refusal))) }
}

/** Address whose receipt key signed it; the caller knows whether that is the hospital's. */
export function refusalSigner(realm: Realm, refusal: SignedRefusal, recover: Recover): Address {
  return recover(digestOf(realm, REFUSAL, bare(refusal)), refusal.signature)
}
