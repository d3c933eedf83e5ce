import type { AuditEntry } from '../audit/entry.ts'
import type { Address, Hex32 } from '../ids.ts'
import type { Receipt } from '../receipt/receipt.ts'
import type { Realm } from '../typed-data/domain.ts'

/** Most batches and audit entries in one proof. */
export const RECORD_LIMIT = 256
/** Most headers in one proof: an epoch of 30,000 blocks as is usual, and what comes after it until a block is final. */
export const PROOF_HEADER_LIMIT = 32_768
/** Most pieces of the way from the genesis. */
export const RUN_LIMIT = 256
/** Most trie nodes: 256 records need half as many. */
export const NODE_LIMIT = 8_192
/** Largest trie node: a branch of 16 hashes has 532 bytes. */
export const NODE_LIMIT_BYTES = 640
/** Largest contract. @see EIP-170 */
export const CODE_LIMIT_BYTES = 24_576
/** Largest proof: all headers of an epoch have some 18 MiB. */
export const OFFLINE_PROOF_LIMIT_BYTES = 33_554_432

/** One stored batch. */
export interface ProvenBatch {
  readonly kind: 'batch'
  readonly receipt: Receipt
  /** The sealed batch; without it only its receipt is proven. */
  readonly block: Uint8Array | undefined
}

/** One line of a hospital's audit log. */
export interface ProvenAudit {
  readonly kind: 'audit'
  readonly entry: AuditEntry
  /** By the hospital's receipt key. */
  readonly signature: Uint8Array
  readonly anchor: AuditAnchor
}

/** Where an audit entry is anchored. */
export interface AuditAnchor {
  readonly root: Hex32
  readonly count: number
  readonly transaction: Hex32
  readonly blockNumber: number
  /** Siblings from the leaf up. */
  readonly proof: readonly Uint8Array[]
}

export type ProvenRecord = ProvenBatch | ProvenAudit

/** Number of the block that anchored it. */
export function anchoredIn(record: ProvenRecord): number {
  return record.kind === 'batch' ? record.receipt.anchor.blockNumber : record.anchor.blockNumber
}

/**
 * All that is needed to check, without any node of the chain, that batches were stored, and who asked for them:
 * receipts, audit entries, the headers from
 * the genesis to a final block, and what the state after one of them holds. Form only; nothing here is believed yet.
 */
export interface OfflineProof {
  readonly realm: Realm
  /** The `Anchor` contract that the `Directory` names. */
  readonly anchor: Address
  readonly records: readonly ProvenRecord[]
  /** Blocks from one list of signers to the next. */
  readonly epoch: number
  /** Block whose state the nodes belong to. */
  readonly block: number
  /** Headers as RLP in runs of consecutive ones, the first from the genesis, the last with `block` in it. */
  readonly runs: readonly (readonly Uint8Array[])[]
  /** Runtime code of `Directory` and `Anchor`: what the state means is what they say. */
  readonly directoryCode: Uint8Array
  readonly anchorCode: Uint8Array
  /** Nodes of the state's tries, each once, ascending by their bytes. */
  readonly nodes: readonly Uint8Array[]
}
