import type { Address, Hex, Hex32, Incarnation } from '../ids.ts'
import { statement } from './domain.ts'

/** Nonces are unordered: any unused 256-bit number. Deadlines are Unix seconds. */
interface Once {
  readonly nonce: bigint
  readonly deadline: number
}

export interface RegisterPatient extends Once {
  readonly patient: Address
}
export interface RegisterPhysician extends Once {
  readonly physician: Address
  /** keccak256 of the 33-byte Umbral public key. */
  readonly keyDigest: Hex32
}
/** Signed by the device and by the patient. */
export interface BindDevice extends Once {
  readonly device: Address
  readonly patient: Address
}
export interface SuspendDevice extends Once {
  readonly device: Address
  readonly patient: Address
  readonly incarnation: Incarnation
  /** Last sequence of that incarnation that still counts. */
  readonly lastSequence: number
}
export interface GrantConsent extends Once {
  readonly patient: Address
  /** Salted hash of the grant document. */
  readonly grant: Hex32
  /** Unix seconds. */
  readonly accessEnd: number
}
/** Idempotent, so without nonce and deadline. */
export interface RevokeConsent {
  readonly patient: Address
  readonly grant: Hex32
}
/** Signed by the receipt key of another hospital than the one that opens. */
export interface OpenEmergency extends Once {
  readonly patient: Address
  readonly grant: Hex32
  /** Salted hash. */
  readonly reason: Hex32
  /** Operator of the hospital that is to open it, with its own relay. */
  readonly hospital: Address
}

export const REGISTER_PATIENT = statement<RegisterPatient>(
  'RegisterPatient',
  'address patient,uint256 nonce,uint256 deadline',
)
export const REGISTER_PHYSICIAN = statement<RegisterPhysician>(
  'RegisterPhysician',
  'address physician,bytes32 keyDigest,uint256 nonce,uint256 deadline',
)
export const BIND_DEVICE = statement<BindDevice>(
  'BindDevice',
  'address device,address patient,uint256 nonce,uint256 deadline',
)
export const SUSPEND_DEVICE = statement<SuspendDevice>(
  'SuspendDevice',
  'address device,address patient,bytes8 incarnation,uint64 lastSequence,uint256 nonce,uint256 deadline',
)
export const GRANT_CONSENT = statement<GrantConsent>(
  'GrantConsent',
  'address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline',
)
export const REVOKE_CONSENT = statement<RevokeConsent>('RevokeConsent', 'address patient,bytes32 grant')
export const OPEN_EMERGENCY = statement<OpenEmergency>(
  'OpenEmergency',
  'address patient,bytes32 grant,bytes32 reason,address hospital,uint256 nonce,uint256 deadline',
)

/** A signed statement that a hospital relays to a contract, as it travels: hex signatures of 64 bytes. */
export type RelayRequest =
  | { readonly kind: 'register-patient'; readonly message: RegisterPatient; readonly signature: Hex }
  | { readonly kind: 'register-physician'; readonly message: RegisterPhysician; readonly signature: Hex }
  | {
      readonly kind: 'bind-device'
      readonly message: BindDevice
      readonly deviceSignature: Hex
      readonly patientSignature: Hex
    }
  | { readonly kind: 'suspend-device'; readonly message: SuspendDevice; readonly signature: Hex }
  | { readonly kind: 'grant'; readonly message: GrantConsent; readonly signature: Hex }
  | { readonly kind: 'revoke'; readonly message: RevokeConsent; readonly signature: Hex }
  | {
      readonly kind: 'open-emergency'
      readonly message: OpenEmergency
      /** Operator of the hospital whose receipt key signed. */
      readonly witness: Address
      readonly signature: Hex
    }
