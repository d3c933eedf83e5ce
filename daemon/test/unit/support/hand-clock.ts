import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'

/** A clock that a test moves by hand; who sleeps wakes at once. */
export class HandClock implements Clock {
  #ms = Date.UTC(2026, 5)

  forward(ms: number): void {
    this.#ms += ms
  }

  now(): UnixMs {
    return this.#ms as UnixMs
  }

  monotonic(): MonotonicMs {
    return (this.#ms - Date.UTC(2026, 5) + 1_000) as MonotonicMs
  }

  async sleepUntil(_until: MonotonicMs, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
