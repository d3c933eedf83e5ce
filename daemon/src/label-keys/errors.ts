import { CodedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'

export type LabelKeysFault =
  /** Somebody else's patient, or a device that is bound to nobody. */
  | { readonly code: 'LABEL_KEYS_WRONG_PATIENT'; readonly device: Address }
  | { readonly code: 'LABEL_KEYS_BAD_SIGNATURE'; readonly device: Address }
  /** A document with this serial, or a higher one, is held. */
  | { readonly code: 'LABEL_KEYS_STALE'; readonly serial: number; readonly heldSerial: number }

export class LabelKeysError extends CodedError<LabelKeysFault> {}
