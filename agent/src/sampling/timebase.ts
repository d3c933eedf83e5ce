import type { ClockStep } from '@hygeia/protocol/batch/batch'
import type { BootId } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { type Clock, sleep } from '@hygeia/runtime/clock'

/** A change of the wall clock larger than a time service makes by slewing, in ms. */
const STEP_MS = 500
/** How many steps are kept; a clock that steps more often than anyone asks has lost its meaning. */
const STEPS_KEPT = 256

/** What dates the samples of this boot. */
export interface TimebaseReading {
  readonly boot: BootId
  /** unix − monotonic, whole ms; `undefined` until the wall clock was synchronised. */
  readonly offsetMs: number | undefined
}

export interface TimebaseDeps {
  readonly clock: Clock
  readonly isSynchronised: () => Promise<boolean>
}

/** Relates the monotonic time of samples to the wall clock, and records when the wall clock was set. */
export class Timebase {
  readonly #boot: BootId
  readonly #deps: TimebaseDeps
  #isSynchronised = false
  #offsetMs: number | undefined
  #steps: ClockStep[] = []

  constructor({ boot }: { boot: BootId }, deps: TimebaseDeps) {
    this.#boot = boot
    this.#deps = deps
  }

  /** Steps since synchronisation, oldest first; never smoothed over. */
  get steps(): readonly ClockStep[] {
    return this.#steps
  }

  /** As of now. */
  current(): TimebaseReading {
    this.#observe()
    return { boot: this.#boot, offsetMs: this.#offsetMs }
  }

  /** Ask whether the clock is synchronised; once it was, it stays so for this boot. */
  async check(): Promise<void> {
    this.#isSynchronised ||= await this.#deps.isSynchronised()
    this.#observe()
  }

  /** Check every `periodMs` until `signal` aborts, so that a step is recorded about when it happened. */
  async watch(periodMs: number, signal: AbortSignal): Promise<never> {
    while (true) {
      await this.check()
      await sleep(this.#deps.clock, periodMs, signal)
    }
  }

  #observe(): void {
    if (!this.#isSynchronised) return
    const at = this.#deps.clock.monotonic()
    const offsetMs = Math.round(this.#deps.clock.now() - at)
    const before = this.#offsetMs
    if (before !== undefined && Math.abs(offsetMs - before) > STEP_MS) {
      const step = { at: Math.floor(at) as MonotonicMs, byMs: offsetMs - before }
      this.#steps = [...this.#steps, step].slice(-STEPS_KEPT)
    }
    this.#offsetMs = offsetMs
  }
}
