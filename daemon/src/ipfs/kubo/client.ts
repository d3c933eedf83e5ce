import { hash } from 'node:crypto'
import { cidOfDigest } from '@hygeia/protocol/sealed/cid'
import { isAbort, within } from '@hygeia/runtime/abort'
import { multiaddr } from '@multiformats/multiaddr'
import { create, type KuboRPCClient } from 'kubo-rpc-client'
import { CID } from 'multiformats/cid'
import { IpfsError } from '../errors.ts'
import type { Block } from '../node.ts'
import { carOf } from './car.ts'

export interface KuboAccess {
  /** Of the API, with a path when it is behind a proxy; `http` or `https`. */
  readonly url: string
  /** Bearer token that the API asks for. */
  readonly secret: string | undefined
}

/** How long a peer may take to give a block, unless the caller says otherwise. */
const FETCH_MS = 30_000
/** For everything that needs nobody else; Kubo waits for a block that it lacks for as long as it is let. */
const LOCAL_MS = 20_000

/** What the daemon asks of a Kubo, through its RPC API. Everything that fails is an IpfsError. */
export class KuboClient {
  readonly #rpc: KuboRPCClient

  constructor({ url, secret }: KuboAccess) {
    const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
    this.#rpc = create({ url: url.replace(/\/$/, ''), headers })
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

  /** Connect to a peer. @param address - multiaddress with its peer id */
  async dial(address: string): Promise<void> {
    await asked(() => this.#rpc.swarm.connect(multiaddr(address), { signal: AbortSignal.timeout(FETCH_MS) }))
  }

  /** Multiaddresses with the peer id, as others dial them. */
  async addresses(signal?: AbortSignal): Promise<readonly string[]> {
    return asked(async () => {
      const { addresses } = await this.#rpc.id({ signal: within(LOCAL_MS, signal) })
      return addresses.map(String)
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

const cidFor = (digest: Uint8Array): CID => CID.decode(cidOfDigest(digest))

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
