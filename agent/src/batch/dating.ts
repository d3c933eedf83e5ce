import type { ClockStep } from '@hygeia/protocol/batch/batch'
import type { BootId } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Window } from './window.ts'

/** How the clocks of one boot stood when somebody last looked. */
export interface Clocks {
  readonly boot: BootId
  /** UTC − monotonic in whole ms; absent until the wall clock was synchronised. */
  readonly offsetMs: number | undefined
  /** Times at which the wall clock was set, oldest first. */
  readonly steps: readonly ClockStep[]
  /** What the wall clock says, right or wrong, − monotonic. */
  readonly wallOffsetMs: number
}

/** A closed window and the clocks that date it. */
export interface DatedWindow {
  readonly window: Window
  readonly clocks: Clocks
}

/**
 * Holds closed windows until they can be dated, or have waited long enough for somebody to set the clock.
 *
 * Within a category they leave in the order in which they came.
 */
export class Dating {
  readonly #undatedAfterMs: number
  #held: DatedWindow[] = []

  /** @param undatedAfterMs - how long after its first sample a window waits for the clock */
  constructor({ undatedAfterMs }: { undatedAfterMs: number }) {
    this.#undatedAfterMs = undatedAfterMs
  }

  get held(): readonly DatedWindow[] {
    return this.#held
  }

  add(window: Window, clocks: Clocks): void {
    this.#held.push({ window, clocks })
  }

  /**
   * Windows that need not wait any longer.
   *
   * @param clocks - as of now; what they know dates all windows of this boot
   * @param at - now
   */
  release(clocks: Clocks, at: MonotonicMs): readonly DatedWindow[] {
    if (this.#held.length === 0) return []
    const dated = this.#held.map((held): DatedWindow => {
      const isNewer = held.clocks.boot === clocks.boot && held.clocks.offsetMs === undefined
      return isNewer ? { window: held.window, clocks } : held
    })
    const mustWait = ({ window, clocks: its }: DatedWindow) =>
      its.offsetMs === undefined &&
      // Somebody pressed a button: when exactly matters less than that it is known now.
      window.category !== 'alert' &&
      // What an earlier boot left undated, nobody can date any more.
      its.boot === clocks.boot &&
      at - (window.samples[0]?.at ?? at) < this.#undatedAfterMs
    this.#held = dated.filter(mustWait)
    return dated.filter((window) => !mustWait(window))
  }
}
