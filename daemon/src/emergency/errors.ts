import { CodedError } from '@hygeia/protocol/errors'

export type EmergencyFault =
  /** Not signed by the physician that it names. */
  | { readonly code: 'EMERGENCY_SIGNATURE' }
  /** Past its end, or meant to live longer than an hour. */
  | { readonly code: 'EMERGENCY_EXPIRED' }
  /** The physician is suspended, or was never admitted. */
  | { readonly code: 'PHYSICIAN_NOT_ACTIVE' }
  /** No grant for emergencies was given to this physician here, or it is not in force. */
  | { readonly code: 'EMERGENCY_UNKNOWN' }
  /** Another hospital has to open it, or to sign that it should be: there is none, or it is this one. */
  | { readonly code: 'EMERGENCY_NEEDS_ANOTHER' }
  /** Somebody at this hospital has to agree first. */
  | { readonly code: 'EMERGENCY_WAITS'; readonly retryAfterSec: number }
  /** As many wait as are kept. */
  | { readonly code: 'EMERGENCY_LIMIT'; readonly retryAfterSec: number }

export class EmergencyError extends CodedError<EmergencyFault> {}
