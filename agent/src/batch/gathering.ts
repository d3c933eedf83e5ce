import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { type Clocks, type DatedWindow, Dating } from './dating.ts'
import { Intake, type SampleFault } from './intake.ts'
import type { Journal } from './journal.ts'
import type { Positions } from './positions.ts'
import { type WindowOptions, Windows } from './window.ts'

/** Samples on their way from the worker that takes them, and how its clocks stand. */
export interface Chunk {
  readonly samples: readonly Sample[]
  readonly clocks: Clocks
  /** Nothing that comes later is older. */
  readonly at: MonotonicMs
  /** Whoever sent it waits for it to be on the disk. */
  readonly isUrgent: boolean
}

export interface GatheringOptions extends WindowOptions {
  /** How long a window waits for somebody to set the clock. */
  readonly undatedAfterMs: number
}

export interface GatheringStats {
  readonly samples: number
  readonly refused: Readonly<Partial<Record<SampleFault, number>>>
  /** Records of the journal that did not open. */
  readonly journalUnreadable: number
}

export interface GatheringDeps {
  readonly journal: Journal
  readonly positions: Positions
}

/** From samples to windows that are ready to be sealed; begins with what an earlier process left in the journal. */
export class Gathering {
  readonly #deps: GatheringDeps
  readonly #windows: Windows
  readonly #dating: Dating
  #intake: Intake | undefined
  #clocks: Clocks | undefined
  #newestAt = 0
  #lastAt = new Map<ChannelName, MonotonicMs>()
  #samples = 0
  #journalUnreadable = 0
  readonly #refused: Partial<Record<SampleFault, number>> = {}

  constructor(options: GatheringOptions, deps: GatheringDeps) {
    this.#deps = deps
    this.#windows = new Windows(options, { nextId: () => deps.journal.nextId() })
    this.#dating = new Dating(options)
  }

  get stats(): GatheringStats {
    return { samples: this.#samples, refused: this.#refused, journalUnreadable: this.#journalUnreadable }
  }

  /** As of the last chunk; undefined before the first. */
  get clocks(): Clocks | undefined {
    return this.#clocks
  }

  /** Time of the newest sample. */
  get newestAt(): number {
    return this.#newestAt
  }

  /** Windows that still take samples, or wait for the clock. */
  get unready(): readonly DatedWindow[] {
    const clocks = this.#clocks
    if (clocks === undefined) return []
    return [...this.#windows.open.map((window) => ({ window, clocks })), ...this.#dating.held]
  }

  /** @returns windows that are ready to be sealed, in order */
  take({ samples, clocks, at }: Chunk): readonly DatedWindow[] {
    const intake = this.#intake ?? this.#begin(clocks)
    this.#clocks = clocks
    for (const sample of samples) {
      const fault = intake.faultOf(sample)
      if (fault !== undefined) {
        this.#refused[fault] = (this.#refused[fault] ?? 0) + 1
        continue
      }
      this.#samples++
      this.#lastAt.set(sample.channel, sample.at)
      this.#newestAt = Math.max(this.#newestAt, sample.at)
      for (const window of this.#windows.push(sample)) this.#dating.add(window, clocks)
    }
    for (const window of this.#windows.advance(at)) this.#dating.add(window, clocks)
    return this.#dating.release(clocks, at)
  }

  /** Spans of the windows from now on. */
  retune(windowMs: WindowOptions['windowMs']): void {
    this.#windows.retune(windowMs)
  }

  /** Nothing more will come. @returns everything there is, dated or not */
  finish(): readonly DatedWindow[] {
    const clocks = this.#clocks
    if (clocks === undefined) return []
    for (const window of this.#windows.flush()) this.#dating.add(window, clocks)
    return this.#dating.release(clocks, Number.POSITIVE_INFINITY as MonotonicMs)
  }

  /** Inside the transaction in which windows leave the journal: what stays in it says by itself how far it is. */
  writePositions(): void {
    if (this.#clocks !== undefined) this.#deps.positions.write(this.#clocks.boot, this.#lastAt)
  }

  /** After that transaction. */
  positionsCommitted(): void {
    this.#lastAt.clear()
  }

  #begin(clocks: Clocks): Intake {
    const { journal, positions } = this.#deps
    const { windows, unreadable } = journal.replay()
    this.#journalUnreadable = unreadable
    for (const { window, clocks: then } of windows) {
      const isNewest = !windows.some(
        ({ window: other }) => other.category === window.category && other.id > window.id,
      )
      // In the same boot its time goes on, and so does the window.
      if (then.boot === clocks.boot && isNewest) this.#windows.resume(window)
      else this.#dating.add(window, then)
    }
    const lastAt = new Map(positions.read(clocks.boot))
    for (const { window, clocks: then } of windows) {
      if (then.boot !== clocks.boot) continue
      for (const { channel, at } of window.samples) {
        if (at > (lastAt.get(channel) ?? -1)) lastAt.set(channel, at)
      }
    }
    this.#intake = new Intake(lastAt)
    return this.#intake
  }
}
