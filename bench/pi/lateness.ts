import { monitorEventLoopDelay } from 'node:perf_hooks'

const TIMER_MS = 10

/** How late this machine lets a timer be: whatever is measured from outside is no prompter. */
export class Lateness implements Disposable {
  readonly #delays = monitorEventLoopDelay({ resolution: TIMER_MS })

  constructor() {
    this.#delays.enable()
  }

  /** Of all timers so far, for a note. */
  get note(): string {
    const ms = (share: number) => Math.max(0, this.#delays.percentile(share) / 1e6 - TIMER_MS).toFixed(0)
    return `timers outside were late by ${ms(99)} ms p99 meanwhile, ${ms(100)} ms at most`
  }

  [Symbol.dispose](): void {
    this.#delays.disable()
  }
}
