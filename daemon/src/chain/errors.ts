import { CodedError } from '@hygeia/protocol/errors'

export type ChainFault =
  /** Another process has the chain's directory open, so it seals or would seal with the same key. */
  | { readonly code: 'CHAIN_LOCKED'; readonly dir: string }
  /** The directory holds the chain of another genesis, or one with another id, period or epoch. */
  | { readonly code: 'GENESIS_DIFFERS'; readonly dir: string; readonly held: string; readonly wanted: string }
  /** The directory was written in a layout that this program does not read. */
  | { readonly code: 'CHAIN_FORMAT'; readonly dir: string; readonly held: string; readonly wanted: string }
  /** The genesis object is not one that the embedded engine can run; `problem` names the field. */
  | { readonly code: 'GENESIS_UNUSABLE'; readonly problem: string }
  /** The embedded engine seals alone: the genesis must name exactly its own key. */
  | { readonly code: 'NOT_THE_SIGNER'; readonly signers: readonly string[]; readonly key: string }
  /** The JSON-RPC address is taken or not ours. */
  | { readonly code: 'RPC_ADDRESS'; readonly host: string; readonly port: number; readonly reason: string }
  /** The node does not serve what following the chain needs; `missing` names the group of methods. */
  | { readonly code: 'RPC_UNUSABLE'; readonly url: string; readonly missing: string }
  /** The node's chain does not hold the block that this hospital took for final; receipts would become false. */
  | {
      readonly code: 'FINAL_BLOCK_DIFFERS'
      readonly pin: string
      readonly number: number
      readonly wanted: string
      readonly held: string | undefined
    }
  /** The engine takes no votes on who seals: it seals alone, or does not serve those methods. */
  | { readonly code: 'VALIDATORS_FIXED'; readonly engine: string; readonly reason: string }
  /** There is nothing to export or migrate. */
  | { readonly code: 'NO_CHAIN'; readonly dir: string }
  /** A chain would be written over. */
  | { readonly code: 'CHAIN_EXISTS'; readonly dir: string }
  /** geth came to another head than the engine that the chain is taken from. */
  | { readonly code: 'IMPORT_DIFFERS'; readonly wanted: string; readonly held: string }
  /** geth ended while its data was being prepared; `lines` is what it said last. */
  | { readonly code: 'GETH_FAILED'; readonly step: string; readonly lines: readonly string[] }
  /** The engine was not started, was stopped, or ended by a fault. */
  | { readonly code: 'CHAIN_DOWN' }

/** Something about the chain as a whole; a single call that fails is an `RpcError`. */
export class ChainError extends CodedError<ChainFault> {}

/**
 * A JSON-RPC call that the node answered with an error. `code` is JSON-RPC's or geth's: -32700 to -32600 the
 * request, -32601 no such method, -32602 a parameter, -32603 inside, -32000 refused, -32005 too much asked,
 * 3 reverted with the revert data in `data`.
 *
 * @see EIP-1193, "ProviderRpcError"; EIP-1474, "Error codes"
 */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(message: string, { code, data }: { code: number; data?: unknown }) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}
