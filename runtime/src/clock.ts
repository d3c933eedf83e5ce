import { setTimeout as delay } from 'node:timers/promises'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'

/** What time it is, and waiting until later. Handed to everything that must know the time. */
export interface Clock {
  /** Wall clock; may be wrong, may step. */
  now(): UnixMs
  /** Since boot; never steps. */
  monotonic(): MonotonicMs
  /** Resolves at `until` on the monotonic clock, at once when that is past; rejects with the signal's reason. */
  sleepUntil(until: MonotonicMs, signal: AbortSignal): Promise<void>
}

// libuv reads CLOCK_MONOTONIC, which on Linux counts from boot and is shared by every process.
const bootMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000

/** Longest wait that a timer takes: some 25 days. */
const TIMER_LIMIT_MS = 2 ** 31 - 1

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now() as UnixMs,
  monotonic: () => bootMs() as MonotonicMs,
  async sleepUntil(until, signal) {
    signal.throwIfAborted()
    // Timers wake up to a millisecond early, and cannot wait for longer than 2^31 ms.
    for (let left = until - bootMs(); left > 0; left = until - bootMs()) {
      // Rejects with an AbortError of its own, when what is wanted is the signal's reason.
      await delay(Math.min(Math.ceil(left), TIMER_LIMIT_MS), undefined, { signal }).catch(() => undefined)
      signal.throwIfAborted()
    }
  },
}

/** Waits `ms` on `clock`'s monotonic time. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleepUntil((clock.monotonic() + ms) as MonotonicMs, signal)
}
