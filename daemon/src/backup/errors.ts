import { CodedError } from '@hygeia/protocol/errors'

export type BackupFault =
  /** A database changed faster than its files could be held. */
  | { readonly code: 'TOO_BUSY'; readonly folder: string }
  /** Not a backup, of another version, cut off, or altered. */
  | { readonly code: 'NOT_A_BACKUP'; readonly file: string }
  /** No key that was given opens it. */
  | { readonly code: 'WRONG_KEY'; readonly file: string }
  /** Something is there already. */
  | { readonly code: 'IN_THE_WAY'; readonly path: string }
  /** Which chain a hospital that seals alone goes on with is for people to decide. */
  | { readonly code: 'CHAIN_UNDECIDED' }
  /** Neither a passphrase nor a key was given, or both. */
  | { readonly code: 'KEY_UNDECIDED' }

export class BackupError extends CodedError<BackupFault> {}
