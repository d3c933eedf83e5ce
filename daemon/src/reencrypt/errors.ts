import { CodedError } from '@hygeia/protocol/errors'

export type ReencryptFault =
  /** Not signed by the physician that it names. */
  | { readonly code: 'REQUEST_SIGNATURE' }
  /** This hospital is not among the proxies that it is meant for. */
  | { readonly code: 'REQUEST_FOR_OTHERS' }
  /** Past its end, or meant to live longer than `limitMs`. */
  | { readonly code: 'REQUEST_EXPIRED'; readonly limitMs: number }
  /** Its nonce was used before. */
  | { readonly code: 'REPLAYED' }
  /** Never given to this proxy, or given to another physician. */
  | { readonly code: 'GRANT_UNKNOWN' }
  /** Given, but the chain does not hold the consent yet. */
  | { readonly code: 'GRANT_PENDING' }
  | { readonly code: 'GRANT_REVOKED' }
  | { readonly code: 'GRANT_EXPIRED' }
  /** For emergencies, and not opened, or for something else than is said, or no longer. */
  | { readonly code: 'GRANT_SEALED' }
  /** Access begins later. */
  | { readonly code: 'GRANT_NOT_YET' }
  /** The physician is suspended, or was never admitted. */
  | { readonly code: 'PHYSICIAN_NOT_ACTIVE' }
  /** This hospital is suspended, or was never admitted: it is no proxy. */
  | { readonly code: 'HOSPITAL_NOT_ACTIVE' }
  /** A batch under a label, or of a time, that the grant does not cover. */
  | { readonly code: 'OUTSIDE_GRANT' }
  /** A batch that is not held here, not verified, or another patient's. */
  | { readonly code: 'BATCH_UNKNOWN' }
  /** The newest block is too old to say what stands now. */
  | { readonly code: 'STALE_CHAIN'; readonly retryAfterSec: number }
  /** As much is asked for already as can be answered in good time. */
  | { readonly code: 'PROXY_BUSY'; readonly retryAfterSec: number }

/** Why a request is refused. */
export class ReencryptError extends CodedError<ReencryptFault> {}
