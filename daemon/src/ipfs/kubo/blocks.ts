import { hash } from 'node:crypto'
import { join } from 'node:path'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { decodeManifest } from '@hygeia/protocol/manifest/manifest'
import { cidOfDigest } from '@hygeia/protocol/sealed/cid'
import type { Logger } from '@hygeia/runtime/log'
import { CID } from 'multiformats/cid'
import { Disk } from '../../store/disk.ts'
import { IpfsError } from '../errors.ts'
import type { Block } from '../node.ts'
import type { KuboClient } from './client.ts'
import { PutPins } from './put-pins.ts'

export interface KuboBlocksOptions {
  /** Folder for what is known of pins. */
  readonly path: string
  /** Nothing is taken while less than this is free on the disk. */
  readonly reserveBytes: number
}

/** Most blocks in one CAR: their list stays far below what Bitswap carries in one block. */
const CAR_BLOCKS = 8_192

/** Blocks in a Kubo: pinned from the moment they are taken, first by a list, then by the manifest that names them. */
export class KuboBlocks {
  readonly #client: () => KuboClient
  readonly #pins: PutPins

  /** @param client - of the Kubo as it runs now; throws while it does not */
  constructor(
    { path, reserveBytes }: KuboBlocksOptions,
    { client, log }: { readonly client: () => KuboClient; readonly log: Logger },
  ) {
    this.#client = client
    this.#pins = new PutPins(new Disk({ path: join(path, 'put-pins'), reserveBytes }, { log }))
  }

  async open(): Promise<void> {
    await this.#pins.open()
  }

  async close(): Promise<void> {
    await this.#pins.close()
  }

  /** Resolves when they are on Kubo's disk. @throws {IpfsError} */
  async putMany(blocks: readonly Block[]): Promise<void> {
    for (let first = 0; first < blocks.length; first += CAR_BLOCKS) {
      const some = blocks.slice(first, first + CAR_BLOCKS)
      const list = listOf(some)
      await noted(() =>
        this.#pins.add(
          list.digest,
          some.map(({ digest }) => digest),
        ),
      )
      await this.#client().importPinned(list, some)
    }
  }

  /** @throws {IpfsError} `IPFS_NOT_HELD` when a batch that it names is not held */
  async pin(manifest: Block): Promise<void> {
    const digests = decodeManifest(manifest.bytes).leaves.map(({ digest }) => digest)
    const client = this.#client()
    await client.importPinned(manifest, [])
    const done = await noted(() => this.#pins.cover(digests))
    for (const list of done) await client.unpin(list)
    await noted(() => this.#pins.drop(done))
  }

  async get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const client = this.#client()
    return (await client.held(digest)) ?? (await client.fetch(digest, signal))
  }
}

/** A block that links to all of `blocks`. */
function listOf(blocks: readonly Block[]): Block {
  const bytes = encodeCbor(blocks.map(({ digest }) => CID.decode(cidOfDigest(digest))))
  return { bytes, digest: hash('sha256', bytes, 'buffer') }
}

async function noted<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new IpfsError('pins cannot be noted', { code: 'IPFS_DOWN' }, { cause })
  }
}
