import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'

export type SampleFault =
  /** A channel that does not exist. */
  | 'UNKNOWN_CHANNEL'
  /** Not in whole ms. */
  | 'FRACTIONAL_TIME'
  /** Not after the sample of this channel before it. */
  | 'NOT_RISING'
  /** No whole number of the channel's counts. */
  | 'INEXACT_VALUE'

/**
 * Refuses samples that no batch can hold, before they get into a window and keep it from ever being sealed, and
 * those that were taken already: times of a channel only rise within a boot.
 */
export class Intake {
  readonly #lastAt: Map<ChannelName, MonotonicMs>

  /** @param lastAt - time of the last sample of each channel that earlier processes of this boot took */
  constructor(lastAt: ReadonlyMap<ChannelName, MonotonicMs>) {
    this.#lastAt = new Map(lastAt)
  }

  /** @returns undefined when the sample is good */
  faultOf(sample: Sample): SampleFault | undefined {
    const { channel: name, at, value } = sample
    let perUnit: number
    try {
      perUnit = channelNamed(name).perUnit
    } catch {
      return 'UNKNOWN_CHANNEL'
    }
    if (!Number.isSafeInteger(at) || at < 0) return 'FRACTIONAL_TIME'
    if (at <= (this.#lastAt.get(name) ?? -1)) return 'NOT_RISING'
    if (value !== undefined && Math.round(value * perUnit) / perUnit !== value) return 'INEXACT_VALUE'
    this.#lastAt.set(name, at)
    return undefined
  }
}
