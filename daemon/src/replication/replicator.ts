import { signHolding } from '@hygeia/protocol/holding/holding'
import type { Address } from '@hygeia/protocol/ids'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import type { ChainEngine } from '../chain/engine.ts'
import type { Members } from '../consortium/members.ts'
import { gauge } from '../metrics/gauge.ts'
import { METRICS } from '../metrics/names.ts'
import { type AnchoredBatches, anchoredBatches } from './anchored.ts'
import type { Factor } from './assignment.ts'
import { Assignments } from './assignments.ts'
import type { ReplicaBook } from './book.ts'
import type { Fetcher } from './fetcher.ts'
import { nameText, type ReplicaName, type ReplicaRecord } from './records.ts'
import { Troubles } from './troubles.ts'
import { Wakeup } from './wakeup.ts'

export interface ReplicatorOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
  readonly realm: Realm
  /** The Anchor contract. */
  readonly contract: Address
  readonly factor: Factor
}

export interface ReplicatorDeps {
  readonly engine: Pick<ChainEngine, 'head' | 'onHead' | 'onReorganised' | 'request'>
  readonly members: Pick<Members, 'active' | 'others' | 'onChange'>
  readonly book: ReplicaBook
  readonly fetcher: Pick<Fetcher, 'fetch'>
  readonly receiptSigner: Signer
  /** Whether a hospital answers at present: who is away is not blamed for what it does not give. */
  readonly isAnswering: (hospital: Address) => boolean
  /** Whether every other active hospital says now that it has nothing of a manifest. */
  readonly isHeldNowhere: (name: ReplicaName, signal: AbortSignal) => Promise<boolean>
  /** Something that a hospital has to answer for. */
  readonly accuse: (hospital: Address, fault: string) => void
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** Blocks whose events are asked for at once. */
const STEP_BLOCKS = 1_000
/** Manifests that are fetched at a time, and of one hospital: who gives nothing, or slowly, keeps no other's back. */
const AT_ONCE = 6
const AT_ONCE_OF_ONE = 2
const LOOK_MS = 1_000
/** A hospital that answers has this long to give what it anchored, before it is named for not giving it. */
const GRACE_MS = 30_000
/** Nobody gave it for so long, before a hospital asks whether anybody has what it anchored and does not know itself. */
const LOST_MS = 120_000

/** A chain whose newest block is older may have come to a stop, or is still being read. */
const BEHIND_MS = 60_000

/**
 * Follows the chain: whatever a final anchor names comes here, is verified as if it had been sent here, and is kept.
 * What cannot be had yet is tried again, less and less often, and keeps nothing else back.
 */
export class Replicator implements Service {
  readonly #options: ReplicatorOptions
  readonly #deps: ReplicatorDeps
  readonly #abort = new AbortController()
  readonly #working = new Map<string, { readonly origin: Address; readonly done: Promise<void> }>()
  readonly #assignments: Assignments
  readonly #troubles: Troubles
  readonly #outcomes: Counter<'outcome'>
  #loop: Promise<void> | undefined
  #rewindTo: number | undefined
  #oldest: number | undefined
  readonly #wakeup = new Wakeup()
  #unlisten: (() => void)[] = []

  constructor(options: ReplicatorOptions, deps: ReplicatorDeps) {
    this.#options = options
    this.#deps = deps
    this.#assignments = new Assignments(options, deps)
    this.#troubles = new Troubles(deps)
    const registers = [deps.metrics]
    this.#outcomes = new Counter({
      ...METRICS.replicationsTotal,
      labelNames: ['outcome'],
      registers,
    })
    gauge(deps.metrics, METRICS.replicationFaulty, () => deps.book.faulty)
    gauge(deps.metrics, METRICS.replicationLagBlocks, () => this.lagBlocks)
    gauge(deps.metrics, METRICS.replicationWanted, () => deps.book.wanted)
  }

  async start(): Promise<void> {
    const { engine, members } = this.#deps
    this.#unlisten = [
      engine.onHead(this.#wakeup.wake),
      // Only what was final is in the book.
      engine.onReorganised(({ from, isPastFinality }) => {
        if (isPastFinality) this.#rewindTo = Math.min(from, this.#rewindTo ?? from)
        this.#wakeup.wake()
      }),
      members.onChange(() => {
        this.#assignments.changed()
        this.#wakeup.wake()
      }),
    ]
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten()
    this.#abort.abort()
    this.#wakeup.wake()
    await this.#loop
    await Promise.all([...this.#working.values()].map(({ done }) => done))
  }

  /** Whether a manifest of another hospital is this one's to fetch. */
  isWanted(anchored: AnchoredBatches): boolean {
    return anchored.origin !== this.#options.hospital && this.#assignments.of(anchored).isOurs
  }

  /** There is more to fetch than the chain said. */
  wake(): void {
    this.#wakeup.wake()
  }

  /** Final blocks from the oldest one on of which something is still to be fetched; 0 when all is here. */
  get lagBlocks(): number {
    const { engine, book } = this.#deps
    const from = Math.min(this.#oldest ?? Infinity, book.through + 1)
    return Math.max(0, engine.head.finalNumber - from + 1)
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: 200, limitMs: 10_000 })
    while (!signal.aborted) {
      try {
        await this.#rewind()
        await this.#follow()
        if (this.#assignments.mayDiffer) await this.#assignments.renew()
        await this.#fill()
        backoff.reset()
        if (!this.#assignments.mayDiffer) await this.#wakeup.wait(LOOK_MS)
      } catch (err) {
        if (signal.aborted) return
        log.warn({ err }, 'replication does not get on, tried again')
        await sleep(clock, backoff.nextMs(), signal).catch(() => {})
      }
    }
  }

  async #rewind(): Promise<void> {
    const from = this.#rewindTo
    if (from === undefined) return
    this.#rewindTo = undefined
    await Promise.all([...this.#working.values()].map(({ done }) => done))
    await this.#deps.book.rewind(from)
  }

  /** Put what the chain has and the book has not into the book. */
  async #follow(): Promise<void> {
    const { engine, book } = this.#deps
    while (book.through < engine.head.finalNumber && !this.#abort.signal.aborted) {
      const first = book.through + 1
      const last = Math.min(engine.head.finalNumber, book.through + STEP_BLOCKS)
      const found = await anchoredBatches(engine, this.#options.contract, first, last)
      await book.note(
        found.map((anchored) => this.#assignments.of(anchored)),
        last,
      )
    }
  }

  /** Have as many manifests under way as there may be. */
  async #fill(): Promise<void> {
    const { book } = this.#deps
    const room = AT_ONCE - this.#working.size
    this.#oldest = await book.oldestWanted()
    if (room <= 0 || book.wanted === 0) return
    const isLeftOut = (name: ReplicaName) =>
      this.#working.has(nameText(name)) || this.#troubles.isPutOff(name)
    const roomFor = (operator: Address) =>
      AT_ONCE_OF_ONE -
      this.#working.values().reduce((busy, { origin }) => busy + Number(origin === operator), 0)
    for (const record of await book.nextWanted(room, isLeftOut, roomFor)) {
      const done = this.#replicate(record).finally(() => {
        this.#working.delete(nameText(record))
        this.#wakeup.wake()
      })
      this.#working.set(nameText(record), { origin: record.origin, done })
    }
  }

  async #replicate(record: ReplicaRecord): Promise<void> {
    const { book, fetcher, receiptSigner, clock, accuse, log } = this.#deps
    const { hospital, realm } = this.#options
    const { root, origin, manifest, count } = record
    try {
      const fetched = await fetcher.fetch(record, this.#abort.signal)
      this.#outcomes.inc({ outcome: fetched.outcome })
      if (fetched.outcome === 'held') {
        const statement = { hospital, root, manifest, count, at: clock.now() }
        const isReduced = fetched.isReduced || (await book.isReduced(record))
        await book.hold(
          record,
          fetched.digests,
          fetched.indexed,
          isReduced ? 'reduced' : signHolding(realm, statement, receiptSigner),
        )
        if (fetched.isReduced)
          log.warn({ hospital: origin, root }, 'some of it was erased before it came here')
        this.#troubles.end(record)
      } else if (fetched.outcome === 'lie') {
        await book.reject(record, fetched.lie)
        this.#troubles.end(record)
        accuse(origin, fetched.lie)
        log.error({ hospital: origin, root, fault: fetched.lie }, 'a hospital anchored what is not so')
      } else {
        await this.#putOff(record, fetched.outcome === 'missing')
      }
    } catch (err) {
      if (this.#abort.signal.aborted) return
      this.#outcomes.inc({ outcome: 'failed' })
      log.warn({ err, root }, 'manifest not fetched, tried again')
      await this.#putOff(record, false)
    }
  }

  /** Try again later. @param isMissing - nobody in the swarm gave all of it */
  async #putOff(record: ReplicaRecord, isMissing: boolean): Promise<void> {
    const { book, isAnswering, accuse, log } = this.#deps
    const { root, origin } = record
    const forMs = this.#troubles.putOff(record)
    if (!isMissing) return
    if (origin === this.#options.hospital) return await this.#lookIfLost(record, forMs)
    if (!isAnswering(origin) || forMs < GRACE_MS || record.fault === NOT_SERVED) return
    await book.blame(record, NOT_SERVED)
    accuse(origin, NOT_SERVED)
    log.error({ hospital: origin, root }, 'a hospital anchored what it does not give')
  }

  /**
   * A hospital that came back from a backup may have anchored, just before it lost its disk, what nobody had fetched yet.
   * It says so, for else all would look for it for ever. What waited for a witness has no receipt, and is sent again.
   */
  async #lookIfLost(record: ReplicaRecord, forMs: number): Promise<void> {
    const { engine, book, members, isHeldNowhere, clock, log } = this.#deps
    const { root, origin } = record
    // What was held once may come back with its disk.
    if (forMs < LOST_MS || record.state !== 'wanted') return
    // Alone, or while it catches up with the chain, a hospital does not know who else there is.
    if (members.others.length === 0 || clock.now() - engine.head.timestamp * 1_000 > BEHIND_MS) return
    if (!(await isHeldNowhere(record, this.#abort.signal))) return
    await book.giveUp(record, members.others)
    this.#troubles.end(record)
    log.error(
      { hospital: origin, root },
      'what this hospital anchored is lost: nobody in the consortium has it',
    )
  }
}

/** Named for a hospital that answers and yet does not give what it anchored. */
export const NOT_SERVED = 'MANIFEST_NOT_SERVED'
