import { setImmediate } from 'node:timers/promises'

/** At most this long in one go: a block is due to the millisecond. */
const HOLD_MS = 10

/**
 * Long answers are computed on the thread that seals, and reading the database awaits nothing that would let its timers
 * in. Such a computation takes a breath between its steps.
 */
export class Breath {
  #since = performance.now()

  async take(): Promise<void> {
    if (performance.now() - this.#since < HOLD_MS) return
    await setImmediate()
    this.#since = performance.now()
  }
}
