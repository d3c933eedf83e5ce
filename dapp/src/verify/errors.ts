import { CodedError } from '@hygeia/protocol/errors'

export type VerifyFault =
  | { readonly code: 'UNREADABLE' }
  /** A receipt alone does not name its chain. */
  | { readonly code: 'REALM_NEEDED' }

export class VerifyError extends CodedError<VerifyFault> {}
