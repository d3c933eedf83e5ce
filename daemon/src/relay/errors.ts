import { CodedError } from '@hygeia/protocol/errors'
import type { Hex32 } from '@hygeia/protocol/ids'

export type RelayFault =
  /** Not signed by the account that it speaks for. */
  | { readonly code: 'STATEMENT_SIGNATURE' }
  /** Its deadline has passed. */
  | { readonly code: 'STATEMENT_EXPIRED' }
  /** The contract would refuse it, or did; `contractError` is the error's name in the ABI. */
  | { readonly code: 'CONTRACT_REFUSED'; readonly contractError: string }
  /** This signer has had more relayed than is his share for now. */
  | { readonly code: 'SIGNER_LIMIT'; readonly retryAfterSec: number }
  /** Sent, but not final in time; sending it again finds the same transaction. */
  | { readonly code: 'RELAY_TIMEOUT'; readonly retryAfterSec: number }
  /** The chain does not answer. */
  | { readonly code: 'CHAIN_UNAVAILABLE'; readonly retryAfterSec: number }

export class RelayError extends CodedError<RelayFault> {}

/** Where a relayed statement ended up. */
export interface Relayed {
  readonly transaction: Hex32
  readonly blockNumber: number
  readonly blockHash: Hex32
}
