import type { UnixMs } from '@hygeia/protocol/units'
import type { Service } from '@hygeia/runtime/lifecycle'

/** The newest block of the chain, told once it is on disk and every JSON-RPC method sees it. */
export interface Head {
  readonly number: number
  /** `0x` and 64 lower-case hex digits. */
  readonly hash: string
  /** Seconds since the Unix epoch: the time that contracts see. */
  readonly timestamp: number
  /** Wall clock of this machine when the block became visible. */
  readonly at: UnixMs
  /** Highest block that no rule of this chain can take back any more; `number` itself with a single signer. */
  readonly finalNumber: number
}

/** What never changes about a chain while the daemon runs. */
export interface ChainInfo {
  /** `embedded`, `geth` or `rpc`. */
  readonly engine: string
  readonly chainId: number
  /** `0x` and 64 lower-case hex digits. */
  readonly genesisHash: string
  /** Addresses that may seal, lower case, ascending; as of the start of the engine. */
  readonly signers: readonly string[]
  readonly periodSec: number
  /** Blocks from one list of signers to the next, where headers list them (EIP-225). */
  readonly epoch?: number
  /** Only one key seals: a block proves that hospital's word and nobody else's. */
  readonly singleSigner: boolean
}

/** When a block is final. */
export type Finality =
  /** As soon as it is the head: nobody else can seal a rival. */
  | { readonly rule: 'head' }
  /** Once this many distinct signers, its own included, have sealed it or a descendant and cannot turn from it any more. */
  | { readonly rule: 'signers'; readonly needed: number }

/** Blocks were replaced by those of another branch. */
export interface Reorganisation {
  /** Number of the first block that is another one now. */
  readonly from: number
  /** Some of them had been final: what was said of them has to be looked at again. */
  readonly isPastFinality: boolean
}

/** What EIP-1193 calls `RequestArguments`. */
export interface RpcRequest {
  readonly method: string
  readonly params?: readonly unknown[] | undefined
}

/** A chain with a JSON-RPC face. Nothing above it knows which engine runs. */
export interface ChainEngine extends Service {
  /** Known once started. */
  readonly info: ChainInfo
  readonly finality: Finality
  /** JSON-RPC over HTTP on loopback, without credentials; known once started. */
  readonly rpcUrl: string
  /**
   * Connect to another hospital's node, from now on; where hospitals' nodes are connected by the daemon.
   *
   * @param enode - `enode://…`
   */
  addPeer?(enode: string): Promise<void>
  /** Another hospital, whose node is `enode`, does not answer any more, or again; likewise. */
  peerAway?(enode: string): Promise<void>
  peerBack?(enode: string): Promise<void>
  /** Newest block; known once started. */
  readonly head: Head

  /**
   * One JSON-RPC call.
   *
   * @throws {RpcError} what the node answered, with its `code` and `data`
   * @throws {ChainError} `CHAIN_DOWN` when the engine is not running
   */
  request(call: RpcRequest): Promise<unknown>

  /** Call `listener` with every new head, in order. @returns a function that ends it */
  onHead(listener: (head: Head) => void): () => void

  /** Call `listener` when blocks were replaced, before the new heads are told. @returns a function that ends it */
  onReorganised(listener: (reorganisation: Reorganisation) => void): () => void

  /**
   * When the engine picks the transactions of its next block, on the wall clock.
   * What is sent later than this waits one period more. It is in the past while a block is overdue.
   */
  nextBlockAt(): UnixMs
}
