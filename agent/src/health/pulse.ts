import type { DeliveryStatus } from '../delivery/status.ts'
import type { SamplingStatus } from '../workers/messages.ts'

/** What of the two workers' reports tells whether samples move. */
export type PulsingSampling = Pick<
  SamplingStatus,
  'ticks' | 'tickAtMonotonicMs' | 'atMonotonicMs' | 'isHeldBack' | 'hasEnded'
>
export type PulsingDelivery = { readonly pipeline: Pick<DeliveryStatus['pipeline'], 'trouble'> }

/**
 * How long a tick may be overdue. The slowest thing that is still well is a hub that is reset and started again,
 * some seconds; a bus that hangs in the kernel, or a loop that spins, does not end.
 */
export const OVERDUE_MS = 20_000

/**
 * Whether samples move, on the clock that they are taken by.
 *
 * A tick counts whether or not a sensor answered: what is unplugged gives samples that say so, status and alarms
 * tell it, and a restart would not plug it in. Samples that wait for room in the spool or on the disk, or for label
 * keys, wait for good reason, which status names; to be restarted would not make room. Neither does an agent rest
 * that has only events to wait for, or whose recording is over. Waiting without a reason that is named is a hang.
 *
 * @returns `starting` until the first tick is behind it
 */
export function pulseOf(
  sampling: PulsingSampling | undefined,
  delivery: PulsingDelivery | undefined,
): 'starting' | 'moving' | 'still' {
  if (sampling === undefined) return 'starting'
  const { ticks, tickAtMonotonicMs, atMonotonicMs, isHeldBack, hasEnded } = sampling
  if (hasEnded || tickAtMonotonicMs === undefined) return 'moving'
  if (isHeldBack && delivery?.pipeline.trouble !== undefined) return 'moving'
  if (atMonotonicMs - tickAtMonotonicMs > OVERDUE_MS) return 'still'
  return ticks === 0 ? 'starting' : 'moving'
}
