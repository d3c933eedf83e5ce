import type { MonotonicMs } from '@hygeia/protocol/units'

/** What a simulated sensor is exposed to at an instant, in its channel's unit; `undefined` when to nothing. */
export type Signal = (at: MonotonicMs) => number | undefined
