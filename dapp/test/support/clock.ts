import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '../../src/clock.ts'

/** A clock that stands still until it is waited on, and then is at the end of the wait. */
export class TestClock implements Clock {
  #now: UnixMs

  constructor(now: UnixMs) {
    this.#now = now
  }

  now(): UnixMs {
    return this.#now
  }

  pass(ms: number): void {
    this.#now = (this.#now + ms) as UnixMs
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.pass(ms)
  }
}
