import { CodedError } from '@hygeia/protocol/errors'

export type TransactorFault =
  /** Mined, and undone by the contract. */
  | { readonly code: 'REVERTED'; readonly transaction: string }
  /** The account's nonce went to another transaction: its key is in use elsewhere. */
  | { readonly code: 'NONCE_TAKEN'; readonly nonce: number }
  /** The part was stopped before the transaction was final; it is journaled and goes on at the next start. */
  | { readonly code: 'STOPPED' }

export class TransactorError extends CodedError<TransactorFault> {}
