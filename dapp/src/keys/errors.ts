import { CodedError } from '@hygeia/protocol/errors'

export type KeysFault =
  /** Not the passphrase that this keystore was locked with. */
  | { readonly code: 'WRONG_PASSPHRASE' }
  /** The file is no keystore, or not as it was written. */
  | { readonly code: 'KEYSTORE_DAMAGED' }
  /** A passphrase that would not hold. */
  | { readonly code: 'WEAK_PASSPHRASE'; readonly minLength: number }

export class KeysError extends CodedError<KeysFault> {}
