import type { Address, Hex32 } from '../ids.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/** Where a hospital is reached, by its own word. */
export interface HospitalAddress {
  /** Operator account. */
  readonly hospital: Address
  /** HTTPS origin of its API, at most 256 characters, without a slash at the end. */
  readonly api: string
  /** SHA-256 of its CA certificate in DER. */
  readonly caHash: Hex32
  /** When it said so: of two addresses the later counts. */
  readonly issued: UnixMs
}

export interface SignedHospitalAddress extends HospitalAddress {
  /** 64 bytes, of the hospital's receipt key. */
  readonly signature: Uint8Array
}

const HOSPITAL_ADDRESS = statement<HospitalAddress>(
  'HospitalAddress',
  'address hospital,string api,bytes32 caHash,uint64 issued',
)

function digest(realm: Realm, { hospital, api, caHash, issued }: HospitalAddress): Uint8Array {
  return digestOf(realm, HOSPITAL_ADDRESS, { hospital, api, caHash, issued })
}

export function signHospitalAddress(
  realm: Realm,
  address: HospitalAddress,
  signer: Signer,
): SignedHospitalAddress {
  return { ...address, signature: signer.sign(digest(realm, address)) }
}

/** The key that signed it; whether it is the hospital's, the `Directory` says. */
export function hospitalAddressSigner(
  realm: Realm,
  address: SignedHospitalAddress,
  recover: Recover,
): Address {
  return recover(digest(realm, address), address.signature)
}
