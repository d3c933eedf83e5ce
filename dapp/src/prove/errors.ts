import { CodedError } from '@hygeia/protocol/errors'

export type ProveFault =
  /** The record was exported before it was anchored. */
  | { readonly code: 'NOT_ANCHORED' }
  /** Too few signers sealed what follows yet. */
  | { readonly code: 'NOT_FINAL_YET'; readonly block: number }
  /** Signers are not listed where they would be with this epoch. */
  | { readonly code: 'WRONG_EPOCH'; readonly block: number }
  /** More headers than a proof may have lie between the last checkpoint and the batch. */
  | { readonly code: 'TOO_MANY_HEADERS'; readonly next: number }
  /** The node's answer is not what it should be, or the node no longer has that state. */
  | { readonly code: 'NODE_ANSWER'; readonly method: string }
  /** What was gathered does not prove it. */
  | { readonly code: 'NOT_PROVEN'; readonly claims: readonly string[] }

export class ProveError extends CodedError<ProveFault> {}
