import { CodedError } from '@hygeia/protocol/errors'

export type UplinkFault =
  /** The connection ended before the answer. */
  | { readonly code: 'LINK_LOST' }
  /** Nothing was acknowledged for this long: the connection is dead, whatever it says. */
  | { readonly code: 'LINK_STALLED'; readonly silentMs: number }
  /** The broker did not let this device in. */
  | { readonly code: 'LOGIN_REFUSED'; readonly reason: string }
  /** No answer to a request in time. */
  | { readonly code: 'NO_ANSWER' }
  /** An answer that says it went wrong, and not why in our terms. */
  | { readonly code: 'ODD_ANSWER'; readonly status: string }

export class UplinkError extends CodedError<UplinkFault> {}
