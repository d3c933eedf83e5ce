import { CodedError } from '@hygeia/protocol/errors'

export type StoreFault =
  /** A write failed; the journal is being reopened, and nothing is taken until it is whole again. */
  | { readonly code: 'STORE_DOWN' }
  /** Less is free on the disk than is kept in reserve. */
  | { readonly code: 'STORE_FULL'; readonly freeBytes: number; readonly reserveBytes: number }

/** The disk under the journal does not take anything now. Whoever sent must keep what he has. */
export class StoreError extends CodedError<StoreFault> {}
