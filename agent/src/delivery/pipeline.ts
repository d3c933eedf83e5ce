import type { Category } from '@hygeia/protocol/channel'
import type { Priority } from '@hygeia/protocol/sealed/header'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { DatedWindow } from '../batch/dating.ts'
import { type Chunk, Gathering, type GatheringOptions, type GatheringStats } from '../batch/gathering.ts'
import type { Journal } from '../batch/journal.ts'
import type { Positions } from '../batch/positions.ts'
import { splitAtMonths } from '../batch/window.ts'
import type { Database } from '../disk/database.ts'
import { isDiskTrouble } from '../disk/errors.ts'
import type { LabelMonths } from '../seal/label-months.ts'
import type { Sealed, Sealer } from '../seal/sealer.ts'
import type { Life } from '../spool/life.ts'
import type { Spool } from '../spool/spool.ts'

export interface PipelineOptions extends GatheringOptions {
  /** How long a sample may stay off the disk, on its own clock. */
  readonly journalMs: number
  /** Samples in closed windows that are kept without room in the spool, or a key that the patient signed. */
  readonly waitingLimit: number
  /** How long to wait for a disk that would not write. */
  readonly retryMs: number
}

/** How samples are recorded, by category. */
export interface Recording {
  readonly windowMs: PipelineOptions['windowMs']
  readonly priorities: Readonly<Record<Category, Priority>>
}

export interface PipelineDeps {
  readonly database: Database
  readonly journal: Journal
  readonly positions: Positions
  readonly sealer: Sealer
  readonly months: LabelMonths
  readonly life: Life
  readonly spool: Spool
  readonly clock: Clock
  readonly log: Logger
  /** Told when batches came into the spool. */
  readonly onSpooled: () => void
}

/** What keeps closed windows from being sealed, or samples from the disk. */
export type PipelineTrouble = 'DISK_FULL' | 'DISK_FAULT' | 'SPOOL_FULL' | 'NO_LABEL_KEY'

export interface PipelineStats extends GatheringStats {
  readonly sealed: number
  readonly sealedBytes: number
  readonly sealedSamples: number
  readonly undated: number
  /** Samples in open windows, or waiting for the clock, a key or room. */
  readonly unsealedSamples: number
  readonly trouble: PipelineTrouble | undefined
}

/** Samples in, sealed batches in the spool out; what is under way lies in the journal. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #deps: PipelineDeps
  readonly #gathering: Gathering
  /** Dated, or past waiting for that; next to be sealed. */
  #toSeal: DatedWindow[] = []
  /** Sealed, and not yet in the spool. */
  #sealed: { readonly windowId: number; readonly batches: readonly Sealed[] }[] = []
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  #changed = Promise.withResolvers<void>()
  readonly #counts = { sealed: 0, sealedBytes: 0, sealedSamples: 0, undated: 0 }
  #trouble: PipelineTrouble | undefined

  constructor(options: PipelineOptions, deps: PipelineDeps) {
    this.#options = options
    this.#deps = deps
    this.#gathering = new Gathering(options, deps)
  }

  stats(): PipelineStats {
    const unsealedSamples = this.#unsealed().reduce((sum, { window }) => sum + window.samples.length, 0)
    return { ...this.#gathering.stats, ...this.#counts, unsealedSamples, trouble: this.#trouble }
  }

  /**
   * Take samples; resolves when the next may come: that takes as long as the disk has no room, or too many wait for
   * room in the spool.
   *
   * @returns whether everything taken so far is on the disk
   * @throws the signal's reason
   */
  async take(chunk: Chunk, signal: AbortSignal): Promise<boolean> {
    this.#toSeal.push(...this.#gathering.take(chunk))
    return this.#settle(chunk.isUrgent, this.#options.waitingLimit, signal)
  }

  /** Spans of the windows and priorities of what is sealed, from now on; what is spooled stays as it is. */
  retune({ windowMs, priorities }: Recording): void {
    this.#gathering.retune(windowMs)
    this.#deps.sealer.retune(priorities)
  }

  /** Nothing more will come: seal what there is, dated or not. */
  async finish(signal: AbortSignal): Promise<void> {
    this.#toSeal.push(...this.#gathering.finish())
    await this.#settle(true, 0, signal)
  }

  /** Write no more by itself. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** Leave everything on the disk for the next start. */
  close(): void {
    this.stop()
    try {
      this.#commit()
    } catch (cause) {
      if (!isDiskTrouble(cause)) throw cause
      this.#deps.log.error({ fault: cause.code }, 'the open windows could not be written')
    }
  }

  /** Room came into the spool, or new keys, or anything else that may have been waited for. */
  changed(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Seal and write until at most `roomlessLimit` samples wait for room. */
  async #settle(isUrgent: boolean, roomlessLimit: number, signal: AbortSignal): Promise<boolean> {
    while (true) {
      try {
        this.#sealReady()
        const { trouble, mustWait } = this.#leftOver(roomlessLimit)
        if (isUrgent || mustWait || this.#sealed.length > 0 || this.#isJournalDue()) this.#commit()
        this.#say(trouble)
        if (!mustWait) break
        await this.#waitForChange(signal)
      } catch (cause) {
        if (!isDiskTrouble(cause)) throw cause
        this.#say(cause.detail.code === 'DISK_FULL' ? 'DISK_FULL' : 'DISK_FAULT')
        await sleep(this.#deps.clock, this.#options.retryMs, signal)
        this.#deps.database.reclaim()
      }
    }
    const isDurable = !this.#isBehind()
    if (!isDurable && !this.#isStopped) {
      this.#timer ??= setTimeout(() => this.#commitLater(), this.#options.journalMs)
    }
    return isDurable
  }

  /** Counting what is sealed and not yet there. */
  #hasRoom(category: Category): boolean {
    const pending = this.#sealed.flatMap(({ batches }) => batches.map(({ block }) => block.length))
    const bytes = pending.reduce((sum, more) => sum + more, 0)
    return this.#deps.spool.hasRoom(category === 'alert', bytes)
  }

  #sealReady(): void {
    const { sealer } = this.#deps
    const isAlert = ({ window }: DatedWindow) => window.category === 'alert'
    // When room comes it is theirs first, and they go on where others wait.
    const alertsFirst = this.#toSeal.toSorted((a, b) => Number(isAlert(b)) - Number(isAlert(a)))
    for (const dated of alertsFirst) {
      const { category } = dated.window
      if (!sealer.canSeal(category) || !this.#hasRoom(category)) continue
      const batches = this.#seal(dated)
      this.#toSeal = this.#toSeal.filter((other) => other !== dated)
      this.#sealed.push({ windowId: dated.window.id, batches })
      // One transaction must not become so large that it takes the whole memory.
      if (this.#sealed.length >= 64) this.#commit()
    }
  }

  #seal({ window: { category, samples }, clocks }: DatedWindow): readonly Sealed[] {
    const { boot, offsetMs, steps, wallOffsetMs } = clocks
    const time = { boot, offsetMs, steps }
    return this.#deps.sealer.seal(
      splitAtMonths(samples, offsetMs).map((piece) => ({ category, samples: piece, time, wallOffsetMs })),
    )
  }

  /** Why closed windows are left, and whether so many that nothing more may be added. */
  #leftOver(roomlessLimit: number): {
    readonly trouble: PipelineTrouble | undefined
    readonly mustWait: boolean
  } {
    const { sealer } = this.#deps
    const samplesIn = (left: readonly DatedWindow[]) =>
      left.reduce((sum, { window }) => sum + window.samples.length, 0)
    const roomless = samplesIn(this.#toSeal.filter(({ window }) => sealer.canSeal(window.category)))
    const all = samplesIn(this.#toSeal)
    const mustWait = roomless > roomlessLimit || all > this.#options.waitingLimit
    if (roomless > 0) return { trouble: 'SPOOL_FULL', mustWait }
    return { trouble: mustWait ? 'NO_LABEL_KEY' : undefined, mustWait }
  }

  #unsealed(): readonly DatedWindow[] {
    return [...this.#gathering.unready, ...this.#toSeal]
  }

  #isBehind(): boolean {
    return this.#deps.journal.isBehind(this.#unsealed().map(({ window }) => window))
  }

  #isJournalDue(): boolean {
    const oldest = this.#deps.journal.oldestUnwritten(this.#unsealed().map(({ window }) => window))
    return oldest !== undefined && this.#gathering.newestAt - oldest >= this.#options.journalMs
  }

  #commitLater(): void {
    try {
      this.#commit()
    } catch (cause) {
      if (!isDiskTrouble(cause)) throw cause
      this.#say(cause.detail.code === 'DISK_FULL' ? 'DISK_FULL' : 'DISK_FAULT')
      this.#timer = setTimeout(() => this.#commitLater(), this.#options.retryMs)
    }
  }

  /** One transaction: batches in, their journal out, and whatever is not sealed into the journal. */
  #commit(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { database, journal, months, life, spool, onSpooled } = this.#deps
    const batches = this.#sealed.flatMap((one) => one.batches)
    // What the journal holds says by itself how far it is on the disk; each page written is wear of a card.
    const hasSealed = this.#sealed.length > 0
    const head = batches.findLast(({ incarnation }) => incarnation === life.incarnation)
    try {
      database.transaction(() => {
        for (const batch of batches) spool.insert(batch)
        if (batches.length > 0) months.write()
        if (head !== undefined) life.writeHead(head)
        for (const { windowId } of this.#sealed) journal.forget(windowId)
        for (const { window, clocks } of this.#unsealed()) journal.write(window, clocks)
        if (hasSealed) this.#gathering.writePositions()
      })
    } catch (cause) {
      journal.undone()
      throw cause
    }
    journal.committed()
    if (hasSealed) this.#gathering.positionsCommitted()
    this.#sealed = []
    if (head !== undefined) life.headCommitted(head)
    this.#count(batches)
    if (batches.length > 0) onSpooled()
  }

  #count(batches: readonly Sealed[]): void {
    for (const { block, sampleCount, isDated } of batches) {
      this.#counts.sealed++
      this.#counts.sealedBytes += block.length
      this.#counts.sealedSamples += sampleCount
      if (!isDated) this.#counts.undated++
      this.#deps.spool.inserted(block.length)
    }
  }

  async #waitForChange(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve } = this.#changed
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    await promise
    signal.removeEventListener('abort', onAbort)
    signal.throwIfAborted()
  }

  #say(trouble: PipelineTrouble | undefined): void {
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    const { log } = this.#deps
    if (trouble === undefined) log.info('samples are taken again')
    else log.error({ trouble }, 'samples have to wait')
  }
}
