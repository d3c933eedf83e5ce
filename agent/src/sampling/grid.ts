import type { MonotonicMs } from '@hygeia/protocol/units'

/** Longest time after its tick that a reading still counts as taken at it, in ms. */
const MAX_LATE_MS = 1_000

/** A tick: an instant, and what is due at it. */
export interface Tick<T> {
  readonly at: MonotonicMs
  readonly due: readonly T[]
}

/**
 * Ticks of several even grids in the order of time, those of one instant together: tick k of each is at
 * `origin + k·periodMs`, however long anything takes. Begins with the first tick at or after `from`; never ends.
 */
export function* ticks<T extends { readonly periodMs: number }>(
  items: readonly T[],
  origin: MonotonicMs,
  from: MonotonicMs,
): Generator<Tick<T>, void> {
  const next = items.map(({ periodMs }) => Math.max(0, Math.ceil((from - origin) / periodMs)))
  const timeOf = (item: T, index: number) => origin + (next[index] ?? 0) * item.periodMs
  while (items.length > 0) {
    const at = Math.min(...items.map(timeOf)) as MonotonicMs
    const due = items.filter((item, index) => timeOf(item, index) === at)
    for (const [index, item] of items.entries()) {
      if (timeOf(item, index) === at) next[index] = (next[index] ?? 0) + 1
    }
    yield { at, due }
  }
}

/** Whether a tick at `at` can no longer be read at `now`: what would be read belongs to another instant. */
export function isMissed(at: MonotonicMs, now: MonotonicMs, periodMs: number): boolean {
  return now - at > Math.min(periodMs / 2, MAX_LATE_MS)
}
