import { CodedError } from '@hygeia/protocol/errors'
import type { UnixMs } from '@hygeia/protocol/units'

export type ManualFault =
  /** Not a time that can be entered now: from the beginning of last month to now. */
  | { readonly code: 'ENTRY_TIME'; readonly from: UnixMs }
  /** More waits to be sent than there is room for. */
  | { readonly code: 'TOO_MANY_WAIT'; readonly limit: number }
  /** The patient's own device was suspended. */
  | { readonly code: 'OWN_DEVICE_SUSPENDED' }
  /** What is remembered does not open under these words. */
  | { readonly code: 'MEMORY_DAMAGED' }

export class ManualError extends CodedError<ManualFault> {}
