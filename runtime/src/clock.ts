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

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now() as UnixMs,
  monotonic: () => bootMs() as MonotonicMs,
  async sleepUntil(until, signal) {
    signal.throwIfAborted()
    const remaining = until - bootMs()
    if (remaining <= 0) return
    await delay(Math.ceil(remaining), undefined, { signal }).catch((cause: unknown) => {
      signal.throwIfAborted()
      throw cause
    })
  },
}

/** Waits `ms` on `clock`'s monotonic time. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleepUntil((clock.monotonic() + ms) as MonotonicMs, signal)
}
