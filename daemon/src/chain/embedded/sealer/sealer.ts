import type { UnixMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from 'pino'
import type { ChainCrypto } from '../crypto.ts'
import type { ChainSpec } from '../genesis.ts'
import type { TxPool } from '../pool/pool.ts'
import { World, type WorldDeps } from '../state/world.ts'
import type { ChainStore } from '../store/chain.ts'
import type { Header } from '../store/header.ts'
import { type BuiltBlock, buildBlock } from './build.ts'
import { ChainTime } from './chain-time.ts'
import { sealHeader } from './clique.ts'
import { BuildPace } from './pace.ts'

/** At most this long between two looks at the clock: it may be set while waiting. */
const LOOK_MS = 500
/** After a block that could not be built or written. */
const RETRY_MS = 1_000
const TRIES_PER_COMPLAINT = 60
/** A fresh `World` now and then: its caches only grow. */
const BLOCKS_PER_WORLD = 256
const TX_GAS = 21_000n

export interface SealerDeps {
  readonly spec: ChainSpec
  readonly secretKey: Uint8Array
  /**
   * Seconds since the Unix epoch: before anything else, blocks a period apart are sealed up to here. A chain whose newest
   * blocks were lost is so filled up to where none of its heights was sealed before.
   */
  readonly fillUntil?: number | undefined
  readonly store: ChainStore
  readonly pool: TxPool
  readonly world: WorldDeps
  readonly crypto: ChainCrypto
  readonly clock: Clock
  readonly log: Logger
  /** A block is on disk. `nextBuildAt`: when the one after it is begun, on the wall clock. */
  readonly onHead: (head: Header, at: UnixMs, nextBuildAt: UnixMs) => void
}

interface SealedBlock {
  readonly built: BuiltBlock
  readonly header: Header
}

/** Seals a block every period, also an empty one, for as long as it runs. */
export class Sealer implements Service {
  readonly #deps: SealerDeps
  readonly #time: ChainTime
  readonly #pace: BuildPace
  readonly #beneficiary: Uint8Array
  readonly #abort = new AbortController()
  #world: World | undefined
  #blocksInWorld = 0
  #isPaused = false
  #loop: Promise<void> | undefined

  constructor(deps: SealerDeps) {
    this.#deps = deps
    const { spec, clock, crypto, secretKey } = deps
    this.#time = new ChainTime(spec, { clock })
    this.#pace = new BuildPace({ periodSec: spec.periodSec, maxTxs: Number(spec.gasLimit / TX_GAS) })
    this.#beneficiary = crypto.addressOf(secretKey)
  }

  async start(): Promise<void> {
    await this.#fill()
    this.#loop ??= this.#run(this.#abort.signal)
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop?.catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  /** When the next block is begun, on the wall clock. */
  nextBuildAt(): UnixMs {
    const { clock, store, pool } = this.#deps
    const inMs = this.#time.untilDue(store.head.timestamp) - this.#pace.leadMs(pool.size)
    return Math.round(clock.now() + inMs) as UnixMs
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#sealOne(signal)
      } catch (err) {
        if (signal.aborted) return
        this.#deps.log.error({ err, block: this.#deps.store.head.number + 1 }, 'block failed')
        await this.#recover(signal)
      }
    }
  }

  /** Nothing can ask yet, so these blocks are empty. */
  async #fill(): Promise<void> {
    const { spec, store, log, fillUntil = 0 } = this.#deps
    const before = store.head.number
    for (;;) {
      const timestamp = store.head.timestamp + spec.periodSec
      if (store.head.number === 0 || timestamp > fillUntil) break
      await this.#append(await this.#build(store.head, timestamp))
    }
    const filled = store.head.number - before
    if (filled > 0) log.warn({ filled, block: store.head.number }, 'chain filled up where blocks were lost')
  }

  async #sealOne(signal: AbortSignal): Promise<void> {
    const { store, pool, clock } = this.#deps
    const parent = store.head
    await this.#until(parent, () => this.#pace.leadMs(pool.size), signal)

    const begun = clock.monotonic()
    const sealed = await this.#build(parent, this.#time.timestamp(parent.timestamp))
    this.#pace.built(sealed.built.txs.length, clock.monotonic() - begun)

    // A block may not be seen before the second that it is dated.
    await this.#until(parent, () => 0, signal)
    await this.#append(sealed)
    this.#time.sealed()
    pool.included(sealed.built.txs)
    this.#deps.onHead(sealed.header, clock.now(), this.nextBuildAt())
  }

  async #build(parent: Header, timestamp: number): Promise<SealedBlock> {
    const { spec, pool, crypto, secretKey, log } = this.#deps
    const built = await buildBlock(parent, timestamp, {
      world: await this.#worldAt(parent),
      pool,
      common: spec.execution,
      beneficiary: this.#beneficiary,
      log,
    })
    const { signers, epoch } = spec
    return { built, header: sealHeader(built.header, { signers, epoch, secretKey }, crypto) }
  }

  async #append({ header, built }: SealedBlock): Promise<void> {
    await this.#deps.store.append({
      header,
      txs: built.txs.map(({ raw, tx }) => ({ raw, hash: tx.hash() })),
      receipts: built.receipts,
      nodes: built.nodes,
    })
  }

  /** Wait until `leadMs()` before the block after `parent` is due. */
  async #until(parent: Header, leadMs: () => number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      this.#tellPause(parent)
      const wait = this.#time.untilDue(parent.timestamp) - leadMs()
      if (wait <= 0) return
      await sleep(this.#deps.clock, Math.min(Math.ceil(wait), LOOK_MS), signal)
    }
  }

  #tellPause(parent: Header): void {
    const isPaused = this.#time.isPaused(parent.timestamp)
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    const aheadSec = parent.timestamp - Math.round(this.#time.now() / 1_000)
    if (isPaused)
      this.#deps.log.error({ aheadSec }, 'sealing pauses: the clock was set back behind the chain')
    else this.#deps.log.info({}, 'sealing goes on')
  }

  async #worldAt(parent: Header): Promise<World> {
    if (this.#world === undefined || this.#blocksInWorld >= BLOCKS_PER_WORLD) {
      this.#world = await World.at(parent.stateRoot, this.#deps.world)
      this.#blocksInWorld = 0
    }
    this.#blocksInWorld++
    return this.#world
  }

  /** The disk decides what was written; memory starts anew from there, as soon as the disk can be written again. */
  async #recover(signal: AbortSignal): Promise<void> {
    this.#world = undefined
    const { store, pool, clock, log } = this.#deps
    const before = store.head.number
    for (let tries = 1; ; tries++) {
      await sleep(clock, RETRY_MS, signal).catch(() => {})
      if (signal.aborted) return
      try {
        await store.reopen()
        await pool.refresh()
        break
      } catch (err) {
        // Once a minute: on a full disk the log is not to be what fills it.
        if (tries % TRIES_PER_COMPLAINT === 1) log.error({ err, tries }, 'the chain cannot be written')
      }
    }
    log.info({ block: store.head.number }, 'the chain can be written again')
    if (store.head.number > before) this.#deps.onHead(store.head, clock.now(), this.nextBuildAt())
  }
}
