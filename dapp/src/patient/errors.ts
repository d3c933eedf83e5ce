import { CodedError } from '@hygeia/protocol/errors'
import type { Address, Hex32 } from '@hygeia/protocol/ids'

export type PatientFault =
  /** What lay in the mailbox was not made by a device that was given our enrolment string. */
  | { readonly code: 'OFFER_FORGED' }
  /** No device answered before the enrolment ran out. */
  | { readonly code: 'ENROLMENT_EXPIRED' }
  /** The words on the device's side were not ours. */
  | { readonly code: 'NOT_CONFIRMED' }
  /** Bound, registered or revoked according to the hospital, but not on the chain. */
  | { readonly code: 'NOT_ON_CHAIN'; readonly what: string }
  /** Label keys at the hospital that this patient never signed. */
  | { readonly code: 'LABEL_KEYS_FORGED'; readonly device: Address }
  /** The physician's key is not the one that the physician signed and registered. */
  | { readonly code: 'PHYSICIAN_KEY_SUBSTITUTED'; readonly physician: Address }
  | { readonly code: 'PHYSICIAN_NOT_ACTIVE'; readonly physician: Address; readonly status: string }
  /** More months or labels than one grant carries, or none. */
  | { readonly code: 'RANGE'; readonly problem: string }
  /** A grant for emergencies, and one hospital. */
  | { readonly code: 'NO_OTHER_HOSPITAL' }
  | { readonly code: 'UNKNOWN_GRANT'; readonly grant: Hex32 }
  /** The state file does not open under these words. */
  | { readonly code: 'STATE_DAMAGED' }

export class PatientError extends CodedError<PatientFault> {}
