import { type Address, fromHex } from '@hygeia/protocol/ids'
import { within } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { ChainEngine } from '../chain/engine.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import { type AnchoredBatches, anchoredBatches } from './anchored.ts'
import type { Brought } from './brought.ts'
import { examineManifest, isBlockOf } from './examine.ts'
import type { Standings } from './standings.ts'

export interface AheadOptions {
  /** The Anchor contract. */
  readonly contract: Address
  /** How long after a block is heard of what it anchors is brought, ms: what the block made final goes first. */
  readonly afterMs: number
}

export interface AheadDeps {
  readonly engine: Pick<ChainEngine, 'head' | 'onHead' | 'request'>
  readonly ipfs: Pick<IpfsNode, 'get' | 'bring' | 'linked'>
  readonly standings: Pick<Standings, 'withoutErased'>
  /** Where it waits until it is final. */
  readonly brought: Pick<Brought, 'read'>
  /** Whether it will be this hospital's to fetch. */
  readonly isWanted: (anchored: AnchoredBatches) => boolean
  readonly clock: Clock
  readonly log: Logger
}

/** For one manifest: by then its block is final, and whoever has to have it goes on with more patience. */
const LIMIT_MS = 20_000
/** Manifests of one hospital at a time, as many as it may have on their way: a liar may anchor any number. */
const AT_ONCE = 16

/**
 * Brings what blocks anchor that are not final yet, so that all of it is on this disk, and only to be judged, at the
 * moment at which receipts begin to wait for it. Indexes and keeps nothing.
 */
export class Ahead implements Service {
  readonly #options: AheadOptions
  readonly #deps: AheadDeps
  readonly #abort = new AbortController()
  readonly #bringing = new Map<Promise<void>, Address>()
  #through = 0
  #looking: Promise<void> | undefined
  #unlisten = () => {}

  constructor(options: AheadOptions, deps: AheadDeps) {
    this.#options = options
    this.#deps = deps
  }

  async start(): Promise<void> {
    const { engine } = this.#deps
    this.#through = engine.head.number
    this.#unlisten = engine.onHead(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
      })
    })
  }

  async stop(): Promise<void> {
    this.#unlisten()
    this.#abort.abort()
    await this.#looking
    await Promise.all(this.#bringing.keys())
  }

  async #look(): Promise<void> {
    const { engine, isWanted, clock } = this.#deps
    const { contract, afterMs } = this.#options
    while (this.#through < engine.head.number && !this.#abort.signal.aborted) {
      await sleep(clock, afterMs, this.#abort.signal).catch(this.#passOver)
      const first = Math.max(this.#through, engine.head.finalNumber) + 1
      const last = engine.head.number
      this.#through = last
      // None when everything is final as soon as it is there.
      if (first > last) continue
      const found = await anchoredBatches(engine, contract, first, last).catch(this.#passOver)
      for (const anchored of found?.filter(isWanted) ?? []) this.#begin(anchored)
    }
  }

  #begin(anchored: AnchoredBatches): void {
    const { origin } = anchored
    if ([...this.#bringing.values()].filter((one) => one === origin).length >= AT_ONCE) return
    const bringing = this.#bring(anchored, within(LIMIT_MS, this.#abort.signal))
      .catch(this.#passOver)
      .finally(() => this.#bringing.delete(bringing))
    this.#bringing.set(bringing, origin)
  }

  /** It is fetched again when it is final, and then it is told why it is not there. */
  readonly #passOver = (err: unknown): undefined => {
    this.#deps.log.debug({ err }, 'nothing brought ahead')
  }

  async #bring(anchored: AnchoredBatches, signal: AbortSignal): Promise<void> {
    const { ipfs, standings, brought } = this.#deps
    const digest = fromHex(anchored.manifest)
    const bytes = await ipfs.get(digest, signal)
    if (bytes === undefined || !isBlockOf(digest, bytes)) return
    const examined = await examineManifest(bytes, anchored)
    // Who anchors anything else than a manifest has nobody fetch what it links to.
    if ('lie' in examined) return
    const found = { digest, bytes, manifest: examined.manifest }
    const standing = await standings.withoutErased(anchored.manifest, found)
    await ipfs.bring(standing, signal)
    await brought.read(anchored, standing, ipfs.linked(standing, signal))
  }
}
