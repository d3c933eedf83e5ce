import type { Missing, Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import { type MonotonicMs, SECOND_MS } from '@hygeia/protocol/units'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Burst } from '../drivers/sensor.ts'
import type { Keeper } from './keeper.ts'
import type { EventChannel, SensorPlan } from './plan.ts'
import { Timeline } from './timeline.ts'

/** While there is nothing, this often it is said why. */
const GAP_EVERY_MS = SECOND_MS

export interface StreamDeps {
  readonly clock: Clock
  readonly keeper: Keeper
}

/**
 * Samples of one streaming sensor, a burst at a time. A stretch without values gives one sample a second with
 * the reason, and values go on after it.
 *
 * Ends only by throwing: the reason of `signal`, or a fault of ours.
 */
export async function* streamSamples(
  { sensor, channels }: SensorPlan & { readonly kind: 'streaming' },
  { clock, keeper }: StreamDeps,
  signal: AbortSignal,
): AsyncGenerator<readonly Sample[], never> {
  const timeline = new Timeline(sensor)
  const told = new Map<EventChannel, number>()
  const gap = (channel: EventChannel, at: MonotonicMs, missing: Missing): readonly Sample[] => {
    if (at - (told.get(channel) ?? Number.NEGATIVE_INFINITY) < GAP_EVERY_MS) return []
    told.set(channel, at)
    return [toSample(channel.channel, at, { missing })]
  }
  await keeper.firstAttempt
  while (true) {
    const answer = await keeper.read(() => sensor.drain(signal))
    if (typeof answer === 'string') {
      timeline.restart()
      const at = timeline.gap(clock.monotonic())
      yield channels.flatMap((channel) => gap(channel, at, answer))
      await sleep(clock, GAP_EVERY_MS, signal)
      continue
    }
    yield [...ofBurst(answer)]
    signal.throwIfAborted()
  }

  function* ofBurst(burst: Burst): Generator<Sample> {
    const { length, newestAt, quantities, lost } = burst
    if (lost !== undefined) timeline.restart()
    // The instant before the first value, where it is told that some are missing.
    const before = (laidFirst: number) => Math.max(0, laidFirst - 1) as MonotonicMs
    if (length === 0) return
    const held =
      lost === undefined ? undefined : timeline.gap((newestAt - length * sensor.periodMs) as MonotonicMs)
    const { at, isAfterGap } = timeline.lay(length, newestAt)
    const first = at[0] ?? newestAt
    for (const channel of channels) {
      const values = quantities[channel.from]
      if (values === undefined) throw new Error(`the driver has no quantity ${channel.from}`)
      if (typeof values === 'string') {
        yield* gap(channel, first as MonotonicMs, values)
        continue
      }
      if (held !== undefined && lost !== undefined) yield toSample(channel.channel, held, { missing: lost })
      else if (isAfterGap) yield toSample(channel.channel, before(first), { missing: 'ambiguous' })
      told.delete(channel)
      for (let index = 0; index < length; index++) {
        yield toSample(channel.channel, (at[index] ?? 0) as MonotonicMs, {
          value: values[index] ?? Number.NaN,
        })
      }
    }
  }
}
