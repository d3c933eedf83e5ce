import type { ChannelName } from './channel.ts'
import type { MonotonicMs } from './units.ts'

/** Why there is no value. Order is the wire number; add at the end only. */
export const MISSING = ['probe-off', 'sensor-error', 'not-yet', 'ambiguous', 'not-recorded'] as const
export type Missing = (typeof MISSING)[number]

/** What is said of one quantity at one instant: a value in the unit of its channel, or why there is none. */
export type Reading = { readonly value: number } | { readonly missing: Missing }

/**
 * One value of one channel at one instant, or the reason why there is none.
 *
 * Carries the monotonic clock of this boot; the batch that it goes into knows what that is in UTC.
 */
export type Sample = {
  readonly channel: ChannelName
  readonly at: MonotonicMs
} & (
  | {
      readonly value: number /** Outside of what the sensor can measure. */
      readonly suspect?: true
      readonly missing?: never
    }
  | { readonly missing: Missing; readonly value?: never; readonly suspect?: never }
)
