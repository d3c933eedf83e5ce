import { join } from 'node:path'
import { within } from '@hygeia/runtime/abort'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, del, NOTHING, put } from '../../store/disk.ts'
import { IpfsError } from '../errors.ts'
import { chunked, digestsLinkedBy, heldOf } from '../linked.ts'
import type { Block, IpfsNode } from '../node.ts'
import { readSwarmKey } from '../swarm-key.ts'
import { DiskBlockstore } from './blockstore.ts'
import type { Swarm } from './swarm.ts'

export interface EmbeddedIpfsOptions {
  /** Folder of blocks, pins and the node's own key. */
  readonly path: string
  /** Multiaddresses to listen on; with none, and no swarm key, the node keeps to itself. */
  readonly listen: readonly string[]
  readonly swarmKeyFile?: string | undefined
  /** Nothing is taken while less than this is free on the disk. */
  readonly reserveBytes: number
  /** How long the swarm may take to give one block of many, ms; 10 s unless told. A question that got lost is asked again. */
  readonly blockMs?: number
}

/** Blocks asked for at once. */
const AT_ONCE = 64
const BLOCK_MS = 10_000
/** Between two looks at what has come meanwhile. */
const LOOK_MS = 500

/** Blocks on this disk, and Helia to exchange them when there is anybody to exchange with. */
class EmbeddedIpfs implements IpfsNode {
  readonly kind = 'embedded'
  /** Its blocks are in the daemon's own folder of data, and in its backups. */
  readonly repo = ''
  readonly #options: EmbeddedIpfsOptions
  readonly #log: Logger
  readonly #disk: Disk
  readonly #blockstore: DiskBlockstore
  #swarm: Swarm | undefined

  constructor(options: EmbeddedIpfsOptions, { log }: { readonly log: Logger }) {
    this.#options = options
    this.#log = log
    const { path, reserveBytes } = options
    this.#disk = new Disk({ path: join(path, 'blocks'), reserveBytes }, { log })
    this.#blockstore = new DiskBlockstore(this.#disk)
  }

  async start(): Promise<void> {
    const { path, listen, swarmKeyFile } = this.#options
    await this.#disk.open()
    if (listen.length === 0 && swarmKeyFile === undefined) return
    const swarmKey = swarmKeyFile === undefined ? undefined : await readSwarmKey(swarmKeyFile)
    const { Swarm } = await import('./swarm.ts')
    this.#swarm = new Swarm({ path: join(path, 'peers'), listen, swarmKey }, this.#blockstore)
    await this.#swarm.start()
    this.#log.info({ addresses: this.#swarm.addresses.length }, 'private swarm joined')
  }

  async stop(): Promise<void> {
    await this.#swarm?.stop()
    await this.#disk.close()
  }

  get addresses(): readonly string[] {
    return this.#swarm?.addresses ?? []
  }

  async putMany(blocks: readonly Block[]): Promise<void> {
    await this.#guard(() => this.#blockstore.putBlocks(blocks))
  }

  async sync(): Promise<void> {
    if (!this.#disk.isUp) throw new IpfsError('blockstore is being repaired', { code: 'IPFS_DOWN' })
  }

  async pin({ digest, bytes }: Block): Promise<void> {
    await this.#guard(async () => {
      await this.#blockstore.putBlocks([{ digest, bytes }])
      // Nothing is ever collected here: the pin says what an eraser must look at.
      await this.#disk.write([put(pinKey(digest), NOTHING)], true)
    })
  }

  async drop(digests: readonly Uint8Array[]): Promise<void> {
    await this.#guard(async () => {
      await this.#blockstore.dropBlocks(digests)
      await this.#disk.write(
        digests.map((digest) => del(pinKey(digest))),
        true,
      )
    })
  }

  async get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const held = await this.#held(digest)
    if (held !== undefined || this.#swarm === undefined || signal?.aborted) return held
    // What a full disk does not take is not what nobody gave.
    await this.#guard(() => this.#disk.haveRoom())
    return await this.#swarm.fetch(digest, signal)
  }

  async bring({ digest, bytes }: Block, signal: AbortSignal): Promise<void> {
    const { blockMs = BLOCK_MS } = this.#options
    await this.#guard(() => this.#blockstore.putBlocks([{ digest, bytes }]))
    for (const some of chunked(digestsLinkedBy(bytes), AT_ONCE)) {
      // Helia goes on waiting for a block that came while it was busy: what is here is looked for, too.
      const here = new AbortController()
      const looking = setInterval(() => {
        heldOf(some, (digest) => this.#held(digest)).then(
          (held) => held.length === some.length && here.abort(),
          () => {},
        )
      }, LOOK_MS)
      const limit = within(blockMs, AbortSignal.any([signal, here.signal]))
      try {
        await Promise.all(some.map((digest) => this.get(digest, limit)))
      } finally {
        clearInterval(looking)
      }
    }
  }

  async *linked({ bytes }: Block, signal: AbortSignal): AsyncGenerator<readonly Block[]> {
    for (const some of chunked(digestsLinkedBy(bytes), AT_ONCE)) {
      signal.throwIfAborted()
      yield await heldOf(some, (digest) => this.#held(digest))
    }
  }

  async dial(address: string): Promise<void> {
    if (this.#swarm === undefined) throw new IpfsError('no swarm is configured', { code: 'IPFS_ALONE' })
    await this.#swarm.dial(address)
  }

  #held(digest: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#guard(() => this.#blockstore.getBlock(digest))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw new IpfsError('blockstore failed', { code: 'IPFS_DOWN' }, { cause })
    }
  }
}

const pinKey = (digest: Uint8Array) => Buffer.concat([Buffer.from('m'), digest])

/** The IPFS node inside of this process; nothing runs until it is started. */
export function embeddedIpfs(options: EmbeddedIpfsOptions, deps: { readonly log: Logger }): IpfsNode {
  return new EmbeddedIpfs(options, deps)
}
