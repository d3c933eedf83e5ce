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
