import type { Block, IpfsNode } from '../node.ts'
import type { KuboBlocks } from './blocks.ts'
import { type KuboIdentity, NOBODY } from './client.ts'

/** A node whose blocks are in a Kubo, whoever runs that. */
export abstract class InKubo implements IpfsNode {
  abstract readonly kind: string
  protected readonly blocks: KuboBlocks
  /** Of the Kubo, once it answered. */
  protected identity: KuboIdentity = NOBODY

  constructor(blocks: KuboBlocks) {
    this.blocks = blocks
  }

  abstract start(): Promise<void>
  abstract stop(): Promise<void>
  abstract sync(): Promise<void>
  abstract dial(address: string): Promise<void>

  get repo(): string {
    return this.identity.id
  }

  get addresses(): readonly string[] {
    return this.identity.addresses
  }

  async putMany(blocks: readonly Block[]): Promise<void> {
    await this.blocks.putMany(blocks)
  }

  async pin(manifest: Block): Promise<void> {
    await this.blocks.pin(manifest)
  }

  async drop(digests: readonly Uint8Array[]): Promise<void> {
    await this.blocks.drop(digests)
  }

  async get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return this.blocks.get(digest, signal)
  }

  async bring(manifest: Block, signal: AbortSignal): Promise<void> {
    await this.blocks.bring(manifest, signal)
  }

  linked(manifest: Block, signal: AbortSignal): AsyncIterable<readonly Block[]> {
    return this.blocks.linked(manifest, signal)
  }
}
