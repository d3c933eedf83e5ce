import { CodedError } from '@hygeia/protocol/errors'
import type { LabelKeyFault } from '../label-keys/label-key-store.ts'

export type PairingFault =
  /** The enrolment string is past its time: the dapp makes a new one. */
  | { readonly code: 'ENROLMENT_EXPIRED'; readonly expires: number }
  /** The device has a patient; a device is bound once. */
  | { readonly code: 'ALREADY_PAIRED' }
  /** The certificate that was served is not the one whose hash the enrolment names. */
  | { readonly code: 'CA_MISMATCH'; readonly api: string }
  /** The hospital says something else about itself than the enrolment does. */
  | { readonly code: 'REALM_MISMATCH'; readonly api: string; readonly fields: readonly string[] }
  /** What lies in the mailbox are no label keys by this patient for this device. */
  | { readonly code: 'ANSWER_INVALID'; readonly reason: LabelKeyFault | 'MALFORMED' }
  /** The patient did not answer in time. */
  | { readonly code: 'NO_ANSWER' }

export class PairingError extends CodedError<PairingFault> {}
