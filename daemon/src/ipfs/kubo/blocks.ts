import { join } from 'node:path'
import { sameBytes } from '@hygeia/protocol/cbor'
import { decodeStanding } from '@hygeia/protocol/manifest/standing'
import type { Logger } from '@hygeia/runtime/log'
import { OneAtATime } from '@hygeia/runtime/one-at-a-time'
import { Disk } from '../../store/disk.ts'
import { IpfsError } from '../errors.ts'
import { Awaited, chunked, digestsLinkedBy, heldOf, nameOf } from '../linked.ts'
import type { Block } from '../node.ts'
import type { KuboClient } from './client.ts'
import { inLists, listedIn } from './lists.ts'
import { PutPins } from './put-pins.ts'

/** Blocks read at once. */
const AT_ONCE = 64
/**
 * Blocks wanted of one hospital at a time. A Kubo remembers 1,024 wants of a peer, forgets what is wanted beyond, and
 * hears of that again only half a minute later; every peer is told of every want.
 *
 * @see boxo 0.43.0, `MaxQueuedWantlistEntiresPerPeer` and the message queue's `rebroadcastInterval`
 */
const WANTED_AT_ONCE = 256
/** Manifests that are remembered to be here. */
const WHOLE_LIMIT = 256

export interface KuboBlocksOptions {
  /** Folder for what is known of pins. */
  readonly path: string
  /** Nothing is taken while less than this is free on the disk. */
  readonly reserveBytes: number
}

/** Blocks in a Kubo: pinned from the moment they are taken, first by a list, then by the manifest that names them. */
export class KuboBlocks {
  readonly #client: () => KuboClient
  readonly #pins: PutPins
  /** Manifests that were brought whole, until they are asked for once more. */
  readonly #whole = new Set<string>()
  readonly #bringing = new OneAtATime()
  #turn: Promise<void> = Promise.resolve()

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
    for (const { list, blocks: some } of inLists(blocks)) {
      const digests = some.map(({ digest }) => digest)
      await noted(() => this.#pins.add(list.digest, digests))
      await this.#client().importPinned(list, some)
    }
  }

  /** @throws {IpfsError} `IPFS_NOT_HELD` when a batch that it names is not held */
  async pin(manifest: Block): Promise<void> {
    const digests = digestsLinkedBy(manifest.bytes)
    const client = this.#client()
    try {
      await client.importPinned(manifest, [])
    } catch (cause) {
      throw (await this.#isComplete(digests)) ? cause : lacking(cause)
    }
    await this.#inTurn(async () => this.#unpin(await noted(() => this.#pins.cover(digests))))
  }

  async #isComplete(digests: readonly Uint8Array[]): Promise<boolean> {
    for (const digest of digests) if ((await this.#client().held(digest)) === undefined) return false
    return true
  }

  /**
   * Let go of blocks for good, pinned by themselves or not.
   *
   * @throws {IpfsError} `IPFS_DOWN` also when the pin of something else keeps one of them: then not all are gone
   */
  async drop(digests: readonly Uint8Array[]): Promise<void> {
    const client = this.#client()
    await this.#inTurn(() => this.#leaveOut(digests))
    for (const some of chunked(digests, AT_ONCE)) {
      await Promise.all(some.map((digest) => client.unpin(digest)))
      await client.remove(some)
    }
  }

  /** Lists keep what is no manifest's yet, and what came with it: each that links to one of `digests` is put anew. */
  async #leaveOut(digests: readonly Uint8Array[]): Promise<void> {
    const gone = new Set(digests.map(nameOf))
    for (const [list, kept] of this.#pins.lists) {
      const bytes = await this.#client().held(list)
      if (bytes === undefined || !listedIn(bytes).some((digest) => gone.has(nameOf(digest)))) continue
      const left = kept.filter((digest) => !gone.has(nameOf(digest)))
      for (const shorter of inLists(left.map((digest) => ({ digest })))) {
        await noted(() =>
          this.#pins.add(
            shorter.list.digest,
            shorter.blocks.map(({ digest }) => digest),
          ),
        )
        await this.#client().importPinned(shorter.list, [])
      }
      await this.#unpin([list])
    }
  }

  async #unpin(lists: readonly Uint8Array[]): Promise<void> {
    for (const list of lists) await this.#client().unpin(list)
    await noted(() => this.#pins.drop(lists))
  }

  /** One after another: what a list keeps must not be changed by two. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.catch(() => {}).then(work)
    this.#turn = turn
    return turn
  }

  /** What one hospital anchored comes one after another: whoever gives nothing keeps back nothing of others. */
  async bring(manifest: Block, signal: AbortSignal): Promise<void> {
    const { hospital } = decodeStanding(manifest.bytes)
    await this.#bringing.run(hospital, () => this.#bring(manifest, signal))
  }

  async #bring(manifest: Block, signal: AbortSignal): Promise<void> {
    const name = nameOf(manifest.digest)
    // Brought ahead of when it is needed, as a rule; what is gone since then shows when it is read.
    if (this.#whole.delete(name)) return
    await noted(() => this.#pins.haveRoom())
    const client = this.#client()
    await client.put(manifest)
    const wanted = digestsLinkedBy(manifest.bytes).map((digest) => ({ digest }))
    let here = 0
    for (const list of listsFor(manifest, wanted)) {
      if (list !== manifest) await client.put(list)
      const came = await client.fetchLinked(list.digest, signal)
      // Nobody gives them: what comes after these would only be waited for as long.
      if (came === 0) return
      here += came
    }
    if (here < wanted.length) return
    this.#whole.add(name)
    const [oldest] = this.#whole
    if (this.#whole.size > WHOLE_LIMIT && oldest !== undefined) this.#whole.delete(oldest)
  }

  /** In one walk through the manifest; what that does not come to, because something is not there, one by one. */
  async *linked(manifest: Block, signal: AbortSignal): AsyncGenerator<readonly Block[]> {
    const client = this.#client()
    const awaited = new Awaited(digestsLinkedBy(manifest.bytes))
    for await (const some of client.walk(manifest.digest, signal)) {
      const fresh = some.filter(({ digest }) => awaited.came(digest))
      yield fresh
      // A batch links to nothing: what a liar has put below one may be of any length.
      if (some.length - fresh.length > (isIn(manifest, some) ? 1 : 0)) break
    }
    for (const some of chunked(awaited.left, AT_ONCE)) {
      signal.throwIfAborted()
      yield await heldOf(some, (digest) => client.held(digest))
    }
  }

  async get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const client = this.#client()
    return (await client.held(digest)) ?? (await client.fetch(digest, signal))
  }
}

/**
 * What links to as many blocks as are wanted at once. Lists are pinned by nothing and stay until garbage is collected,
 * some forty bytes a batch: removing them would have Kubo look through all its pins.
 */
function listsFor(manifest: Block, wanted: readonly Pick<Block, 'digest'>[]): readonly Block[] {
  if (wanted.length <= WANTED_AT_ONCE) return [manifest]
  return [...inLists(wanted, WANTED_AT_ONCE)].map(({ list }) => list)
}

function isIn({ digest }: Block, blocks: readonly Block[]): boolean {
  return blocks.some((block) => sameBytes(block.digest, digest))
}

function lacking(cause: unknown): IpfsError {
  return new IpfsError('a batch that the manifest names is not held', { code: 'IPFS_NOT_HELD' }, { cause })
}

async function noted<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new IpfsError('pins cannot be noted', { code: 'IPFS_DOWN' }, { cause })
  }
}
