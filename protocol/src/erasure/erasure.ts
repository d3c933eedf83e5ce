import type { Address } from '../ids.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/** Longest that an order may be on its way. */
export const ERASURE_LIFE_MS = 60 * 60_000

/** A patient has every hospital delete what was taken in a range of time. Again is no change. */
export interface Erasure {
  readonly patient: Address
  /** Batches that lie wholly within are deleted. */
  readonly from: UnixMs
  readonly to: UnixMs
  /** Until when it may be carried out. */
  readonly expires: UnixMs
}

export interface SignedErasure extends Erasure {
  /** 64 bytes. */
  readonly signature: Uint8Array
}

const ERASE_DATA = statement<Erasure>('EraseData', 'address patient,uint64 from,uint64 to,uint64 expires')

/** @returns 32 bytes */
export function erasureDigest(realm: Realm, { patient, from, to, expires }: Erasure): Uint8Array {
  return digestOf(realm, ERASE_DATA, { patient, from, to, expires })
}

export function signErasure(realm: Realm, erasure: Erasure, signer: Signer): SignedErasure {
  return { ...erasure, signature: signer.sign(erasureDigest(realm, erasure)) }
}

/** Whether `patient` ordered it, in this realm. */
export function isErasureSigned(realm: Realm, erasure: SignedErasure, recover: Recover): boolean {
  return recover(erasureDigest(realm, erasure), erasure.signature) === erasure.patient
}
