import { CodedError } from '@hygeia/protocol/errors'

export type SessionFault =
  /** Not a Sign-In with Ethereum message. */
  | { readonly code: 'SIGN_IN_MALFORMED' }
  /** Meant for another host: perhaps one that only pretends to be this one. */
  | { readonly code: 'SIGN_IN_WRONG_DOMAIN' }
  | { readonly code: 'SIGN_IN_WRONG_CHAIN' }
  /** Not issued here, used before, or too old. */
  | { readonly code: 'SIGN_IN_NONCE' }
  /** Outside the times that the message itself states. */
  | { readonly code: 'SIGN_IN_EXPIRED' }
  | { readonly code: 'SIGN_IN_SIGNATURE' }
  /** The account is neither a patient nor a physician in good standing in the Directory. */
  | { readonly code: 'NOT_REGISTERED' }

export class SessionError extends CodedError<SessionFault> {}
