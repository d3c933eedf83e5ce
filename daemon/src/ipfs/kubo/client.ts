import { hash } from 'node:crypto'
import { cidOfDigest } from '@hygeia/protocol/sealed/cid'
import { isAbort, within } from '@hygeia/runtime/abort'
import { multiaddr } from '@multiformats/multiaddr'
import { create, type KuboRPCClient } from 'kubo-rpc-client'
import { CID } from 'multiformats/cid'
import { IpfsError } from '../errors.ts'
import type { Block } from '../node.ts'
import { blocksIn, carOf } from './car.ts'

export interface KuboAccess {
  /** Of the API, with a path when it is behind a proxy; `http` or `https`. */
  readonly url: string
  /** Bearer token that the API asks for. */
  readonly secret: string | undefined
}

/** Who a Kubo is: a new repo makes another of it. */
export interface KuboIdentity {
  /** Peer id. */
  readonly id: string
  /** Multiaddresses with that, as others dial them. */
  readonly addresses: readonly string[]
}

/** Before it answered. */
export const NOBODY: KuboIdentity = { id: '', addresses: [] }

/** How long a peer may take to give a block, unless the caller says otherwise. */
const FETCH_MS = 30_000
/** Between two blocks of many that peers give. */
const IDLE_MS = 20_000
/** For a manifest with all its batches, from a disk, on a busy machine. */
const WALK_MS = 120_000
/** For everything that needs nobody else; Kubo waits for a block that it lacks for as long as it is let. */
const LOCAL_MS = 20_000

/** What the daemon asks of a Kubo, through its RPC API. Everything that fails is an IpfsError. */
export class KuboClient {
  readonly #rpc: KuboRPCClient
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ url, secret }: KuboAccess) {
    const base = url.replace(/\/$/, '')
    this.#headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
    this.#rpc = create({ url: base, headers: this.#headers })
    this.#base = new URL(base).pathname === '/' ? `${base}/api/v0` : base
  }

  /**
   * Take blocks as one CAR stream, pin its root with all that it links to, and have all of it on the disk.
   *
   * A block that is linked to and not held is fetched from a peer, if one gives it in time.
   *
   * @throws {IpfsError} `IPFS_DOWN`
   */
  async importPinned(root: Block, blocks: readonly Block[]): Promise<void> {
    await asked(async () => {
      const signal = AbortSignal.timeout(LOCAL_MS)
      for await (const answer of this.#rpc.dag.import(carOf(root, blocks), { pinRoots: true, signal })) {
        const { cid, pinErrorMsg } = answer.root
        if (!cid.equals(cidFor(root.digest))) break
        if (pinErrorMsg === undefined || pinErrorMsg === '') return
        throw new IpfsError(`Kubo took the blocks but cannot pin them: ${pinErrorMsg}`, { code: 'IPFS_DOWN' })
      }
      throw new IpfsError('Kubo did not say that it pinned', { code: 'IPFS_DOWN' })
    })
  }

  /** Take one block, which nothing keeps until it is pinned. */
  async put({ bytes }: Block): Promise<void> {
    await asked(async () => {
      const kind = { format: 'dag-cbor', mhtype: 'sha2-256', version: 1, pin: false } as const
      await this.#rpc.block.put(bytes, { ...kind, signal: AbortSignal.timeout(LOCAL_MS) })
    })
  }

  /** Forget that `root` was pinned; nothing happens when it was not. */
  async unpin(root: Uint8Array): Promise<void> {
    await asked(async () => {
      try {
        await this.#rpc.pin.rm(cidFor(root), { recursive: true, signal: AbortSignal.timeout(LOCAL_MS) })
      } catch (cause) {
        if (!(cause instanceof Error && /not pinned/.test(cause.message))) throw cause
      }
    })
  }

  /**
   * Remove blocks from Kubo's disk.
   *
   * @throws {IpfsError} `IPFS_DOWN` also when a pin keeps one of them
   */
  async remove(digests: readonly Uint8Array[]): Promise<void> {
    await asked(async () => {
      const options = { force: true, signal: AbortSignal.timeout(LOCAL_MS) }
      for await (const { error } of this.#rpc.block.rm(digests.map(cidFor), options)) {
        if (error !== null && error !== undefined) throw error
      }
    })
  }

  /** A block from Kubo's own disk. @throws {IpfsError} `IPFS_WRONG_BLOCK` */
  async held(digest: Uint8Array): Promise<Uint8Array | undefined> {
    return asked(async () => {
      try {
        return await this.#block(digest, { offline: true, signal: AbortSignal.timeout(LOCAL_MS) })
      } catch (cause) {
        if (cause instanceof Error && isNotFound(cause.message)) return undefined
        throw cause
      }
    })
  }

  /** A block from a peer; undefined without peers, and when none gave it before `signal` aborted. */
  async fetch(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return asked(async () => {
      const limit = signal ?? AbortSignal.timeout(FETCH_MS)
      try {
        if ((await this.#rpc.swarm.peers({ signal: limit })).length === 0) return undefined
        return await this.#block(digest, { signal: limit })
      } catch (cause) {
        if (limit.aborted || isAbort(cause)) return undefined
        throw cause
      }
    })
  }

  /**
   * Have the blocks that `root` links to brought here by peers, all at once. Ends without those that nobody gives in
   * time, and at once when `signal` is aborted or there is nobody to ask.
   *
   * @returns how many are here, as far as it came
   */
  async fetchLinked(root: Uint8Array, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0
    return await asked(async () => {
      let count = 0
      const idle = new AbortController()
      const limit = AbortSignal.any([signal, idle.signal])
      const timer = setTimeout(() => idle.abort(), IDLE_MS)
      try {
        if ((await this.#rpc.swarm.peers({ signal: limit })).length === 0) return 0
        // Not deeper: batches link to nothing, whatever a liar's do. Its answer is one line for each that is here.
        const query = { arg: String(cidFor(root)), recursive: 'true', 'max-depth': '1' }
        const lines = await this.#post('refs', query, limit)
        for await (const piece of untilBroken(lines)) {
          timer.refresh()
          for (const byte of piece) if (byte === NEWLINE) count++
        }
      } catch (cause) {
        if (!(limit.aborted || isAbort(cause) || cause instanceof IpfsError)) throw cause
      } finally {
        clearTimeout(timer)
      }
      return count
    })
  }

  /**
   * `root` and everything below it, from Kubo's own disk, in order; ends before the first block that is not there.
   *
   * @throws the signal's reason
   */
  async *walk(root: Uint8Array, signal: AbortSignal): AsyncGenerator<readonly Block[]> {
    const query = { arg: String(cidFor(root)), offline: 'true', progress: 'false' }
    const pieces = await asked(() => this.#post('dag/export', query, within(WALK_MS, signal)))
    yield* untilBroken(blocksIn(pieces))
    signal.throwIfAborted()
  }

  /** An answer as it comes, of a command that would cost too much to be taken apart line by line. */
  async #post(
    command: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { ok, status, body } = await fetch(`${this.#base}/${command}?${new URLSearchParams(query)}`, {
      method: 'POST',
      headers: this.#headers,
      signal,
    })
    if (ok && body !== null) return body
    await body?.cancel()
    throw new IpfsError(`Kubo answers ${status} to ${command}`, { code: 'IPFS_DOWN' })
  }

  /** Connect to a peer. @param address - multiaddress with its peer id */
  async dial(address: string): Promise<void> {
    await asked(() => this.#rpc.swarm.connect(multiaddr(address), { signal: AbortSignal.timeout(FETCH_MS) }))
  }

  async identity(signal?: AbortSignal): Promise<KuboIdentity> {
    return asked(async () => {
      const { id, addresses } = await this.#rpc.id({ signal: within(LOCAL_MS, signal) })
      return { id: String(id), addresses: addresses.map(String) }
    })
  }

  /** Remove every block that no pin keeps. @returns how many were removed */
  async collect(): Promise<number> {
    return asked(async () => {
      let removed = 0
      for await (const { err } of this.#rpc.repo.gc({ quiet: false })) {
        if (err) throw err
        removed++
      }
      return removed
    })
  }

  async #block(digest: Uint8Array, options: { offline?: boolean; signal: AbortSignal }): Promise<Uint8Array> {
    const bytes = await this.#rpc.block.get(cidFor(digest), options)
    // Kubo does not hash what it reads from its own disk.
    if (!hash('sha256', bytes, 'buffer').equals(digest)) {
      throw new IpfsError('Kubo gave other bytes than those of the CID', { code: 'IPFS_WRONG_BLOCK' })
    }
    return bytes
  }
}

const NEWLINE = 0x0a
const cidFor = (digest: Uint8Array): CID => CID.decode(cidOfDigest(digest))

/**
 * Kubo breaks an answer off where a block is missing or is no DAG-CBOR. Whoever is in need of the rest asks for it by
 * itself, and then hears why.
 */
async function* untilBroken<T>(answer: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* answer
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
  }
}

/** What boxo's blockservice, offline exchange and pinner say of a block that is not there. */
const isNotFound = (message: string): boolean => /could not find|not found/.test(message)

async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof IpfsError) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new IpfsError(`Kubo did not do what it was asked: ${said}`, { code: 'IPFS_DOWN' }, { cause })
  }
}
