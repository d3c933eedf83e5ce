import { CodedError } from '@hygeia/protocol/errors'

export type KeysFault =
  /** Not the passphrase that this keystore was locked with. */
  | { readonly code: 'WRONG_PASSPHRASE' }
  /** The file is no keystore, or not as it was written. */
  | { readonly code: 'KEYSTORE_DAMAGED' }
  /** A passphrase that would not hold. */
  | { readonly code: 'WEAK_PASSPHRASE'; readonly minLength: number }
  /** Not the authenticator that these keys were locked for. */
  | { readonly code: 'WRONG_PASSKEY' }
  /** The keys have to be unlocked first. */
  | { readonly code: 'LOCKED' }
  /** No keys are kept here. */
  | { readonly code: 'VAULT_EMPTY' }
  /** Other keys are kept here: they are never written over. */
  | { readonly code: 'VAULT_FULL' }

export class KeysError extends CodedError<KeysFault> {}
