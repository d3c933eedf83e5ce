import type { Service } from '@hygeia/runtime/lifecycle'

/** A DAG-CBOR block with the SHA-256 digest that is in its CID. */
export interface Block {
  readonly digest: Uint8Array
  readonly bytes: Uint8Array
}

/** A node of the hospitals' private IPFS network. Nothing above it knows which one runs. */
export interface IpfsNode extends Service {
  /** `embedded`, `kubo` or `rpc`. */
  readonly kind: string
  /** Names the disk that its blocks are on; empty for one that is lost and restored with everything else of the daemon. */
  readonly repo: string
  /** Multiaddresses that other nodes reach it at; empty while it keeps to itself. */
  readonly addresses: readonly string[]

  /** Take batches, which link to nothing; those that are held already cost little. @throws {IpfsError} */
  putMany(blocks: readonly Block[]): Promise<void>

  /** Resolves when everything put before is on the disk. @throws {IpfsError} */
  sync(): Promise<void>

  /** Keep a manifest and all that it links to, and have it found by others. @throws {IpfsError} */
  pin(manifest: Block): Promise<void>

  /**
   * A block, from the disk or, when the node has peers, from one of them.
   *
   * @returns undefined when it is not held and no peer gave it before `signal` aborted
   */
  get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined>

  /**
   * Take a manifest, or its replacement, and have the batches that it links to brought here by peers, all at once.
   * Nothing keeps them yet. Ends without what nobody gave before `signal` aborted.
   *
   * @throws {IpfsError} also when the disk is full
   */
  bring(manifest: Block, signal: AbortSignal): Promise<void>

  /**
   * Batches that a manifest links to and that are on this disk, each once, some at a time. Nobody has hashed them.
   *
   * @param manifest - held already
   * @throws {IpfsError} or the signal's reason
   */
  linked(manifest: Block, signal: AbortSignal): AsyncIterable<readonly Block[]>

  /** Connect to another node. @param address - multiaddress with its peer id */
  dial(address: string): Promise<void>

  /**
   * Let go of blocks for good, pinned or not: of batches that were erased, and of the manifests that held them. They
   * are off this disk when it resolves; whoever else holds them keeps them. A node without it erases nothing.
   *
   * @throws {IpfsError}
   */
  drop?(digests: readonly Uint8Array[]): Promise<void>
}
