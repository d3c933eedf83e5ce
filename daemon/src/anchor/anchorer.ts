import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { LEAF_LIMIT } from '@hygeia/protocol/merkle/limits'
import { orAborted } from '@hygeia/runtime/abort'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ChainEngine } from '../chain/engine.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import { METRICS } from '../metrics/names.ts'
import type { Place, ReceiptBook } from '../receipt/book.ts'
import { type AnchorRecord, countOf } from '../store/anchors.ts'
import type { Archiver } from '../store/archiver.ts'
import type { RecordList } from '../store/record-list.ts'
import type { Store } from '../store/store.ts'
import type { Transactor } from '../transactor/transactor.ts'
import { ANCHOR_GAS, ANCHOR_KIND, type AnchorCall, encodeAnchorCall, placeOf } from './contract.ts'
import { displacedAnchors } from './displaced.ts'
import type { OwnManifests } from './own-manifests.ts'
import { FULL_COUNT, Pace } from './pace.ts'
import type { AnchorPermit } from './permit.ts'
import { treeNodes } from './tree.ts'

export interface AnchorerOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
  /** The Anchor contract. */
  readonly contract: Address
  readonly leadMs: number
}

export interface AnchorerDeps {
  readonly engine: Pick<ChainEngine, 'nextBlockAt' | 'info' | 'head' | 'onHead' | 'request' | 'onReorganised'>
  /** Of the hospital's anchor account. */
  readonly transactor: Pick<Transactor, 'send' | 'settled'>
  readonly store: Store
  readonly archiver: Pick<Archiver, 'flush'>
  readonly manifests: Pick<OwnManifests, 'of' | 'again'>
  readonly ipfs: Pick<IpfsNode, 'pin' | 'sync'>
  readonly receipts: ReceiptBook
  readonly permit: AnchorPermit
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** Anchors on their way at once; what is taken meanwhile waits for the next one. */
const OPEN_LIMIT = 16

/** Proves on the chain what the hospital holds: once for each block, everything that came until then. */
export class Anchorer implements Service {
  readonly #options: AnchorerOptions
  readonly #deps: AnchorerDeps
  readonly #pace: Pace
  readonly #abort = new AbortController()
  readonly #followed = new Map<number, Promise<void>>()
  readonly #batches: Counter
  readonly #finalMs: Histogram
  readonly #withdrawn: Counter
  #loop: Promise<void> | undefined
  /** How often blocks were replaced that had been final. */
  #replacements = 0
  #examining: Promise<void> = Promise.resolve()
  #unwatch = () => {}

  constructor(options: AnchorerOptions, deps: AnchorerDeps) {
    this.#options = options
    this.#deps = deps
    this.#pace = new Pace(options, deps)
    const { store, metrics } = deps
    const registers = [metrics]
    this.#batches = new Counter({
      ...METRICS.anchoredBatchesTotal,
      registers,
    })
    this.#withdrawn = new Counter({
      ...METRICS.anchorsWithdrawnTotal,
      registers,
    })
    this.#finalMs = new Histogram({
      ...METRICS.anchorFinalMs,
      buckets: [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000],
      registers,
    })
    new Gauge({
      ...METRICS.unanchoredBatches,
      registers,
      collect() {
        this.set(store.last - store.anchors.through)
      },
    })
  }

  async start(): Promise<void> {
    this.#unwatch = this.#deps.engine.onReorganised(({ from, isPastFinality }) => {
      if (!isPastFinality) return
      this.#replacements++
      this.#examine(from)
    })
    // What happened to the chain while nobody watched.
    this.#examine(undefined)
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#unwatch()
    this.#abort.abort()
    await this.#examining
    await this.#loop
    // What still waits for its block is found open after the next start.
    await Promise.all(this.#followed.values())
  }

  /** Anchor a root of the audit log; resolves when that is final. @throws {TransactorError | ChainError | RpcError} */
  async anchorAudit(audit: Omit<AnchorCall, 'kind'>): Promise<Place> {
    return this.#anchored({ ...audit, kind: ANCHOR_KIND.audit })
  }

  /** Withdraw what was said of anchors that the chain holds elsewhere now, and anchor them again. */
  #examine(from: number | undefined): void {
    this.#examining = this.#examining.then(() => this.#withdraw(from))
  }

  async #withdraw(from: number | undefined): Promise<void> {
    const { engine, store, clock, log } = this.#deps
    const { contract, hospital } = this.#options
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: 200, limitMs: 10_000 })
    while (!signal.aborted) {
      try {
        const displaced = await displacedAnchors(from, {
          anchors: store.anchors,
          placeOf: ({ root }) => placeOf(engine, contract, { kind: ANCHOR_KIND.batches, root, hospital }),
        })
        for (const record of displaced) {
          log.error(
            { root: record.root, was: record.final?.anchor.blockNumber, batches: countOf(record) },
            'a final anchor was replaced on the chain: its receipts are withdrawn and made again',
          )
          this.#withdrawn.inc()
          this.#follow(await store.anchors.reopen(record))
        }
        return
      } catch (err) {
        if (signal.aborted) return
        log.warn({ err }, 'final anchors not compared with the chain, tried again')
        await sleep(clock, backoff.nextMs(), signal).catch(() => {})
      }
    }
  }

  async #run(): Promise<void> {
    const { store, transactor, clock, log } = this.#deps
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: 100, limitMs: 5_000 })
    // What a killed process sent may still get in: only then is it known whether to send again.
    if (store.anchors.open.length > 0) await orAborted(transactor.settled(), signal).catch(() => {})
    while (!signal.aborted) {
      try {
        for (const record of store.anchors.open) this.#follow(record)
        await this.#round(await this.#pace.untilDue(() => this.#waiting(store.last), signal))
        backoff.reset()
      } catch (err) {
        if (signal.aborted) return
        log.warn({ err }, 'nothing anchored, tried again')
        await sleep(clock, backoff.nextMs(), signal).catch(() => {})
      }
    }
  }

  /** Put what is taken until now under anchors: all of it, or only as much as fills them. */
  async #round(until: 'due' | 'full'): Promise<void> {
    const { store, engine } = this.#deps
    const atLeast = until === 'due' ? 1 : FULL_COUNT
    const through = store.last
    while (this.#waiting(through) >= atLeast) {
      const first = store.anchors.through + 1
      // A full one is meant for no block in particular: it may miss the one that is being made.
      const target = engine.head.number + (until === 'due' ? 1 : 2)
      await this.#intend(first, Math.min(through, first + LEAF_LIMIT - 1), target)
    }
  }

  /** Batches up to `through` that no anchor holds; none while too many anchors are on their way, or none may go. */
  #waiting(through: number): number {
    const { store, permit } = this.#deps
    const { anchors } = store
    return anchors.open.length < OPEN_LIMIT && permit.mayAnchor ? through - anchors.through : 0
  }

  /** @param target - number of the block that it should be in at the latest */
  async #intend(first: number, last: number, target: number): Promise<void> {
    const { store, archiver, ipfs, clock } = this.#deps
    const setOut = clock.monotonic()
    await archiver.flush(last)
    const batches = await store.records(first, last)
    if (batches.length !== last - first + 1) throw new Error('a batch is missing from the journal')
    const nodes = await treeNodes(batches.all().map(({ leafHash }) => leafHash))
    const manifest = this.#deps.manifests.of(batches)
    await ipfs.pin(manifest)
    await ipfs.sync()
    const root = toHex(nodes.subarray(0, 32)) as string as Hex32
    const intent = { first, last, root, manifest: toHex(manifest.digest) as string as Hex32 }
    this.#follow(await store.anchors.intend(intent, nodes), batches, target)
    this.#pace.took(clock.monotonic() - setOut, batches.length)
  }

  /**
   * Have the manifest of an intent that is older than this process be where others fetch it. The journal may be of a
   * backup, and the disk with blocks a new one: anchored now, it would be what nobody can give.
   */
  async #pinAgain(record: AnchorRecord): Promise<void> {
    const { manifests, archiver, ipfs } = this.#deps
    await archiver.flush(record.last)
    const manifest = await manifests.again(record)
    if (manifest === undefined) return
    await ipfs.pin(manifest)
    await ipfs.sync()
  }

  /** See an intent through to its receipts. @param target - number of the block that it should be in at the latest */
  #follow(record: AnchorRecord, batches?: RecordList, target?: number): void {
    if (this.#followed.has(record.last)) return
    const following = this.#finish(record, batches, target).finally(() => this.#followed.delete(record.last))
    this.#followed.set(record.last, following)
  }

  async #finish(
    record: AnchorRecord,
    batches: RecordList | undefined,
    target: number | undefined,
  ): Promise<void> {
    const { store, receipts, permit, clock, log } = this.#deps
    const { signal } = this.#abort
    const began = clock.monotonic()
    const backoff = new Backoff({ firstMs: 200, limitMs: 10_000 })
    while (!signal.aborted) {
      try {
        const { root, manifest } = record
        const count = countOf(record)
        const replacements = this.#replacements
        if (batches === undefined) await this.#pinAgain(record)
        const place = await this.#anchored(
          { kind: ANCHOR_KIND.batches, root, count, manifest },
          target === undefined,
        )
        if (target !== undefined && place.blockNumber > target) this.#pace.wasLate()
        await permit.witnessed(root, signal)
        if (replacements !== this.#replacements) {
          // While others were waited for, for minutes perhaps, it may have come to stand elsewhere.
          target = undefined
          continue
        }
        await receipts.issue(record, batches ?? (await store.records(record.first, record.last)), place)
        // Whoever looked for what was said of replaced blocks came before this was said.
        if (replacements !== this.#replacements) this.#examine(place.blockNumber)
        this.#batches.inc(count)
        this.#finalMs.observe(clock.monotonic() - began)
        return
      } catch (err) {
        if (signal.aborted) return
        target = undefined
        log.warn({ err }, 'anchor not final, tried again')
        await sleep(clock, backoff.nextMs(), signal).catch(() => {})
      }
    }
  }

  /** @param isMaybeSent - look on the chain first: it may be there already */
  async #anchored(call: AnchorCall, isMaybeSent = true): Promise<Place> {
    const { engine, transactor } = this.#deps
    const { contract, hospital } = this.#options
    const { signal } = this.#abort
    const held = isMaybeSent ? await placeOf(engine, contract, { ...call, hospital }) : undefined
    if (held === undefined) {
      if (!this.#deps.permit.mayAnchor) throw new Error('this hospital is no active member of its consortium')
      const gasLimit = ANCHOR_GAS
      await orAborted(transactor.send({ to: contract, data: encodeAnchorCall(call), gasLimit }), signal)
    }
    // The contract is asked, not the transaction: a root that it knew was recorded by an earlier one.
    for (;;) {
      const place = await placeOf(engine, contract, { ...call, hospital })
      if (place === undefined) throw new Error('anchored, yet not on the chain')
      if (place.blockNumber <= engine.head.finalNumber) return place
      await nextHead(engine, signal)
    }
  }
}

/** Resolves with the next block. @throws the signal's reason */
async function nextHead(engine: Pick<ChainEngine, 'onHead'>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const unlisten = engine.onHead(() => resolve())
  try {
    await orAborted(promise, signal)
  } finally {
    unlisten()
  }
}
