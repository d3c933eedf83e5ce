import { CodedError } from '@hygeia/protocol/errors'

export type PairingFault =
  /** Never opened, or expired. */
  | { readonly code: 'MAILBOX_UNKNOWN' }
  /** Somebody else's, or holding other content already. */
  | { readonly code: 'MAILBOX_TAKEN' }
  /** Too many are open, of this patient or altogether. */
  | { readonly code: 'MAILBOX_LIMIT' }
  /** It would end in the past, or stay open longer than `limitMs`. */
  | { readonly code: 'MAILBOX_EXPIRY'; readonly limitMs: number }
  /** The device has not yet put its offer. */
  | { readonly code: 'OFFER_MISSING' }
  /** Not signed by the patient of the mailbox, or not for the device that offers. */
  | { readonly code: 'ANSWER_NOT_GENUINE' }
  /** The patient has not answered yet. */
  | { readonly code: 'ANSWER_MISSING' }

export class PairingError extends CodedError<PairingFault> {}
