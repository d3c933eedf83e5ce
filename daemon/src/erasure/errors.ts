import { CodedError } from '@hygeia/protocol/errors'

export type ErasureFault =
  /** Not signed by the patient that it names. */
  | { readonly code: 'ERASURE_SIGNATURE' }
  /** Past its end, meant to live longer than an hour, or of a time to come. */
  | { readonly code: 'ERASURE_EXPIRED' }
  /** Blocks could not be deleted: the node is down, or lacks what a manifest without them still links to. */
  | { readonly code: 'ERASURE_UNFINISHED'; readonly retryAfterSec: number }
  /** This hospital's IPFS node keeps whatever it was given. */
  | { readonly code: 'ERASURE_UNSUPPORTED' }

export class ErasureError extends CodedError<ErasureFault> {}
