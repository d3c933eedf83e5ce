import { CodedError } from '@hygeia/protocol/errors'

export type GrantFault =
  /** The consent names another grant, patient or end than the document. */
  | { readonly code: 'CONSENT_DIFFERS' }
  | { readonly code: 'CONSENT_SIGNATURE' }
  /** This hospital is not among the grant's proxies, or under another key. */
  | { readonly code: 'PROXY_DIFFERS' }
  /** Data of more than 13 months, or access that is over already. */
  | { readonly code: 'GRANT_RANGE' }
  /** The physician is not, or not at present, admitted. */
  | { readonly code: 'PHYSICIAN_NOT_ACTIVE' }
  /** The Directory holds the digest of another Umbral key for this physician. */
  | { readonly code: 'PHYSICIAN_KEY_DIFFERS' }
  /** The patient signed another key for this label. */
  | { readonly code: 'LABEL_KEY_DIFFERS'; readonly label: string }
  /** The parcel does not open, or does not hold what the grant commits to. */
  | { readonly code: 'PARCEL_INVALID' }
  /** A fragment was not dealt by this patient for this label and physician. */
  | { readonly code: 'KFRAG_INVALID'; readonly label: string }
  /** This patient has as many grants here as are kept. */
  | { readonly code: 'GRANT_LIMIT' }
  | { readonly code: 'GRANT_REVOKED' }
  | { readonly code: 'REVOCATION_SIGNATURE' }
  /** Not registered in the Directory. */
  | { readonly code: 'PATIENT_UNKNOWN' }

export class GrantError extends CodedError<GrantFault> {}
