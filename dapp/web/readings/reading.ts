import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import type { TimeRange } from '@hygeia/dapp/physician/library'
import type { UnopenedBatch } from '@hygeia/dapp/physician/opening'
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
/** Opened between two signs of life: few at first, so that there is something to see at once. */
const FIRST_AT_ONCE = 30
const MOST_AT_ONCE = 480

/** One patient's readings: what is kept here, what the hospital has, and what comes in. */
export class Reading {
  readonly #deps: ReadingDeps
  readonly #timeline = new Timeline()
  readonly #batches = new Map<string, BatchLine>()
  readonly #ended = new AbortController()
  /** Being fetched: what two ask for is fetched once, and the second waits for it. */
  readonly #underWay = new Map<string, Promise<void>>()
  /** Keeping what was opened holds nobody up. */
  #keeping: Promise<void> = Promise.resolve()
  #arrived: ListedBatch[] = []
  #isGathering = false
  #waveformEnd: number | undefined
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

  /** Show what this browser keeps of a range, newest first. */
  async recall({ from, to }: TimeRange): Promise<void> {
    const { cache, onChange } = this.#deps
    for await (const some of cache.read(from, to, (cid) => this.#batches.has(cid))) {
      for (const { isAnchored, ...opened } of some) {
        this.#note(opened, isAnchored ? 'anchored' : 'stored')
        this.#timeline.add(opened)
      }
      onChange()
    }
    this.#timeline.settle()
    onChange()
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
    await this.#open(missing)
    this.#timeline.settle()
    this.#deps.onChange()
    await this.#keeping
  }

  /** End of the newest batch of a kind that is listed in a range, ms. */
  async newest(range: TimeRange, isWanted: (batch: ListedBatch) => boolean): Promise<number | undefined> {
    let end: number | undefined
    for await (const chunk of this.#deps.source.list(range)) {
      for (const batch of chunk) if (isWanted(batch)) end = Math.max(end ?? 0, batch.to)
    }
    return end
  }

  /** End of the newest waveform that was told of since following began, ms. */
  get waveformEnd(): number | undefined {
    return this.#waveformEnd
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
    const waveforms = batches.filter(isWaveform)
    if (waveforms.length > 0) {
      this.#waveformEnd = Math.max(this.#waveformEnd ?? 0, ...waveforms.map(({ to }) => to))
      this.#deps.onChange()
    }
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

  /** Open these in their order; what somebody else is opening is waited for. */
  async #open(listed: readonly ListedBatch[]): Promise<void> {
    const others = listed.flatMap(({ cid }) => this.#underWay.get(cid) ?? [])
    const wanted = listed.filter(({ cid }) => !this.#batches.has(cid) && !this.#underWay.has(cid))
    const opening = this.#openAll(wanted).finally(() => {
      for (const { cid } of wanted) this.#underWay.delete(cid)
    })
    for (const { cid } of wanted) this.#underWay.set(cid, opening)
    await Promise.all([opening, ...new Set(others)])
  }

  async #openAll(wanted: readonly ListedBatch[]): Promise<void> {
    const { source, cache, onChange } = this.#deps
    const slices = growing(wanted)
    const begin = (slice: readonly ListedBatch[] | undefined) => slice && begun(source.open(slice))
    let next = begin(slices[0])
    for (const [index, slice] of slices.entries()) {
      const current = next
      // While these are opened, those after them are on their way.
      next = begin(slices[index + 1])
      const opened = current === undefined ? [] : await this.#take(slice, current)
      onChange()
      const keep = () => cache.keep(opened, (cid) => this.#batches.get(cid)?.place === 'anchored')
      this.#keeping = this.#keeping.then(keep, keep)
      // Whoever waits for it is told.
      this.#keeping.catch(() => {})
    }
  }

  async #take(listed: readonly ListedBatch[], coming: AsyncIterable<Opened | UnopenedBatch>) {
    const places = new Map(listed.map((batch) => [batch.cid, batch]))
    const opened: Opened[] = []
    for await (const one of coming) {
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
    return opened
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

/** The same in slices, each twice as long as the one before. */
function growing<T>(items: readonly T[]): readonly (readonly T[])[] {
  const slices: (readonly T[])[] = []
  let length = FIRST_AT_ONCE
  for (let start = 0; start < items.length; ) {
    slices.push(items.slice(start, start + length))
    start += length
    length = Math.min(2 * length, MOST_AT_ONCE)
  }
  return slices
}

/** What a generator yields, of which the first is asked for already. */
async function* after<T>(first: Promise<IteratorResult<T>>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  const { done, value } = await first
  if (done === true) return
  yield value
  yield* rest
}

function begun<T>(generator: AsyncGenerator<T>): AsyncGenerator<T> {
  const first = generator.next()
  // When one before it fails, nobody waits for it.
  first.catch(() => {})
  return after(first, generator)
}
