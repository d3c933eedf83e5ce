import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Gauge, type Registry } from 'prom-client'
import { z } from 'zod'
import { METRICS } from '../metrics/names.ts'
import type { ChainEngine } from './engine.ts'

export interface ChainWatchDeps {
  readonly engine: Pick<ChainEngine, 'info' | 'head' | 'request'>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  /** The chain stands still. Called once for each time it does. */
  readonly onStall: () => void
}

/** A head older than this many periods means that the chain stands still. */
export const STALL_PERIODS = 4
/** Short periods leave no room for a busy machine. */
const LEAST_STALL_MS = 10_000
const LOOK_MS = 1_000
const PEERS_EVERY = 15

const Quantity = z.string().regex(/^0x[0-9a-f]+$/)
const Status = z.looseObject({ sealerActivity: z.record(z.string(), z.number()) })

/**
 * Tells how old the newest block is, how many others wait to be final, how many peers there are, and raises the alarm when no
 * block comes: Clique can stand still for good although every validator runs.
 *
 * @see EIP-3436, "Motivation"
 */
export class ChainWatch implements Service {
  readonly #deps: ChainWatchDeps
  readonly #abort = new AbortController()
  readonly #peers: Gauge
  #loop: Promise<void> | undefined
  #stalledSince: number | undefined

  constructor(deps: ChainWatchDeps) {
    this.#deps = deps
    const { engine, metrics } = deps
    const registers = [metrics]
    new Gauge({
      ...METRICS.chainUnfinalBlocks,
      registers,
      collect() {
        this.set(engine.head.number - engine.head.finalNumber)
      },
    })
    this.#peers = new Gauge({
      ...METRICS.chainPeers,
      registers,
    })
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps
    const { signal } = this.#abort
    try {
      for (let look = 0; ; look++) {
        if (look % PEERS_EVERY === 0) this.#peers.set((await this.#peerCount()) ?? 0)
        await this.#look()
        await sleep(clock, LOOK_MS, signal)
      }
    } catch (cause) {
      if (!isAbort(cause)) throw cause
    }
  }

  async #look(): Promise<void> {
    const { engine, clock, log, onStall } = this.#deps
    const ageMs = clock.now() - engine.head.at
    const limitMs = Math.max(LEAST_STALL_MS, STALL_PERIODS * engine.info.periodSec * 1_000)
    if (ageMs <= limitMs) {
      if (this.#stalledSince !== undefined) log.info({ block: engine.head.number }, 'blocks come again')
      this.#stalledSince = undefined
      return
    }
    if (this.#stalledSince !== undefined) return
    this.#stalledSince = engine.head.number
    onStall()
    log.error(
      {
        block: engine.head.number,
        ageSec: Math.round(ageMs / 1_000),
        peers: await this.#peerCount(),
        sealedLately: await this.#sealers(),
      },
      'the chain stands still: nothing is anchored. See docs/chain.md, "The chain stands still"',
    )
  }

  /** undefined when the node does not say. */
  async #peerCount(): Promise<number | undefined> {
    const answer = await this.#deps.engine.request({ method: 'net_peerCount' }).catch(() => undefined)
    const parsed = Quantity.safeParse(answer)
    return parsed.success ? Number(parsed.data) : undefined
  }

  /** Blocks of the newest ones that each validator sealed: who is missing, is missing here. */
  async #sealers(): Promise<Readonly<Record<string, number>> | undefined> {
    const answer = await this.#deps.engine.request({ method: 'clique_status' }).catch(() => undefined)
    const parsed = Status.safeParse(answer)
    return parsed.success ? parsed.data.sealerActivity : undefined
  }
}
