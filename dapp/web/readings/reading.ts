import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import type { TimeRange } from '@hygeia/dapp/physician/library'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import type { BlockCache } from '../store/block-cache.ts'
import type { Feed, FeedState } from './feed.ts'
import type { Latest } from './latest.ts'
import { Line } from './line.ts'
import type { Opened, Source } from './source.ts'
import { type Occurrence, Timeline } from './timeline.ts'
import { type Trace, type TraceRange, traceOf } from './trace.ts'

/** Where a batch is. */
export type BatchPlace = 'stored' | 'anchored' | 'quarantined'

/** One batch, as a list shows it. */
export interface BatchLine {
  readonly cid: string
  readonly device: Address
  readonly label: string
  readonly from: number
  readonly to: number
  readonly sequence: number
  readonly place: BatchPlace
  /** Why it could not be opened. */
  readonly fault: string | undefined
}

export interface ReadingDeps {
  readonly source: Source
  readonly feed: Feed
  readonly cache: BlockCache
  /** Something new can be shown. */
  readonly onChange: () => void
  readonly onFeed: (state: FeedState, cause?: unknown) => void
  readonly onNotice: (what: 'grant' | 'audit') => void
}

/** Batches that come together are fetched together; a reading waits no longer than so for others. */
const GATHER_MS = 40
/** The hospital told of batches and did not give them: asked for again after so long. */
const RETRY_MS = 2_000
/** Opened between two signs of life. */
const AT_ONCE = 200

/** One patient's readings: what is kept here, what the hospital has, and what comes in. */
export class Reading {
  readonly #deps: ReadingDeps
  readonly #timeline = new Timeline()
  readonly #batches = new Map<string, BatchLine>()
  /** Being fetched: what two ask for is fetched once. */
  readonly #underWay = new Set<string>()
  readonly #ended = new AbortController()
  #arrived: ListedBatch[] = []
  #isGathering = false
  #following: Promise<void> | undefined

  constructor(deps: ReadingDeps) {
    this.#deps = deps
  }

  /** Begin to follow what comes in; again is no change. */
  follow(): void {
    const { feed, onFeed, onNotice, cache, onChange } = this.#deps
    this.#following ??= feed
      .follow(
        {
          onBatches: (batches) => this.#arrive(batches),
          onAnchored: (cids) => {
            this.#anchored(cids)
            void cache.sawAnchored(cids)
            onChange()
          },
          onChange: onNotice,
          onState: onFeed,
        },
        this.#ended.signal,
      )
      .catch((cause: unknown) => {
        if (!this.#ended.signal.aborted) onFeed('away', cause)
      })
  }

  async end(): Promise<void> {
    this.#ended.abort()
    await this.#following
  }

  /** Show what this browser keeps of a range. */
  async recall({ from, to }: TimeRange): Promise<void> {
    for (const { isAnchored, ...opened } of await this.#deps.cache.read(from, to)) {
      this.#note(opened, isAnchored ? 'anchored' : 'stored')
      this.#timeline.add(opened)
    }
    this.#timeline.settle()
    this.#deps.onChange()
  }

  /**
   * Fetch and open whatever is missing of a range, newest first, without waveforms unless told.
   *
   * @throws {HospitalError} when nobody lists it
   */
  async load(range: TimeRange, isWanted: (batch: ListedBatch) => boolean = isNoWaveform): Promise<void> {
    const missing: ListedBatch[] = []
    for await (const chunk of this.#deps.source.list(range)) {
      this.#anchored(chunk.filter(({ state }) => state === 'anchored').map(({ cid }) => cid))
      missing.push(...chunk.filter((batch) => !this.#batches.has(batch.cid) && isWanted(batch)))
    }
    missing.sort((one, other) => other.from - one.from)
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      await this.#open(missing.slice(start, start + AT_ONCE))
    }
    this.#timeline.settle()
    this.#deps.onChange()
  }

  /** End of the newest batch of a kind that is listed in a range, ms. */
  async newest(range: TimeRange, isWanted: (batch: ListedBatch) => boolean): Promise<number | undefined> {
    let end: number | undefined
    for await (const chunk of this.#deps.source.list(range)) {
      for (const batch of chunk) if (isWanted(batch)) end = Math.max(end ?? 0, batch.to)
    }
    return end
  }

  get latest(): readonly Latest[] {
    return this.#timeline.latest
  }

  get lines(): readonly { readonly device: Address; readonly channel: ChannelName }[] {
    return this.#timeline.lines.map(({ device, channel }) => ({ device, channel }))
  }

  trace(device: Address, channel: ChannelName, range: TraceRange): Trace {
    return traceOf(this.#timeline.line(device, channel) ?? new Line(device, channel), range)
  }

  occurrences(channel: ChannelName, from: number, to: number): readonly Occurrence[] {
    return this.#timeline.occurrences(channel, from, to)
  }

  /** Batches that reach into a range, ms, newest first. */
  batches(from: number, to: number): readonly BatchLine[] {
    return [...this.#batches.values()]
      .filter((batch) => batch.to >= from && batch.from < to)
      .sort((one, other) => other.from - one.from)
  }

  batch(cid: string): BatchLine | undefined {
    return this.#batches.get(cid)
  }

  #arrive(batches: readonly ListedBatch[]): void {
    const wanted = batches.filter((batch) => !this.#batches.has(batch.cid) && isNoWaveform(batch))
    this.#arrived.push(...wanted)
    if (!this.#isGathering && wanted.length > 0) this.#openLater(GATHER_MS)
  }

  #openLater(waitMs: number): void {
    this.#isGathering = true
    setTimeout(async () => {
      const arrived = this.#arrived
      this.#arrived = []
      try {
        await this.#open(arrived)
        this.#isGathering = false
      } catch (cause) {
        if (this.#ended.signal.aborted) return
        this.#deps.onFeed('away', cause)
        this.#arrived.unshift(...arrived)
      }
      if (this.#arrived.length > 0) this.#openLater(this.#isGathering ? RETRY_MS : GATHER_MS)
    }, waitMs)
  }

  async #open(listed: readonly ListedBatch[]): Promise<void> {
    const wanted = listed.filter(({ cid }) => !this.#batches.has(cid) && !this.#underWay.has(cid))
    if (wanted.length === 0) return
    const places = new Map(wanted.map((batch) => [batch.cid, batch]))
    for (const cid of places.keys()) this.#underWay.add(cid)
    try {
      await this.#openWanted(wanted, places)
    } finally {
      for (const cid of places.keys()) this.#underWay.delete(cid)
    }
  }

  async #openWanted(wanted: readonly ListedBatch[], places: ReadonlyMap<string, ListedBatch>): Promise<void> {
    const { source, cache, onChange } = this.#deps
    const opened: Opened[] = []
    for await (const one of source.open(wanted)) {
      const batch = places.get(one.cid)
      if (one.fault === undefined) {
        this.#note(one, batch?.state ?? 'stored')
        this.#timeline.add(one)
        opened.push(one)
      } else if (batch !== undefined && one.fault.code !== 'NOT_GIVEN') {
        const { cid, device, label, from, to, sequence, state } = batch
        const fault = one.fault.code
        this.#batches.set(cid, { cid, device, label, from, to, sequence, place: state, fault })
      }
    }
    onChange()
    await cache.keep(opened, (cid) => this.#batches.get(cid)?.place === 'anchored')
  }

  #note({ cid, header }: Opened, place: BatchPlace): void {
    const { device, label, from, to, sequence } = header
    this.#batches.set(cid, { cid, device, label, from, to, sequence, place, fault: undefined })
  }

  #anchored(cids: readonly string[]): void {
    for (const cid of cids) {
      const batch = this.#batches.get(cid)
      if (batch?.place === 'stored') this.#batches.set(cid, { ...batch, place: 'anchored' })
    }
  }
}

/** A day of one is 20 million readings: fetched by the minute, when it is looked at. */
export const isWaveform = ({ label }: { readonly label: string }) => label.startsWith('ecg/')
const isNoWaveform = (batch: { readonly label: string }) => !isWaveform(batch)
