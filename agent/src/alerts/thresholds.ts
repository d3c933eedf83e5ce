import type { AlarmCause } from '@hygeia/protocol/alarm/alarm'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { ThresholdConfig } from './config.ts'
import type { Episodes } from './episodes.ts'

/** A condition that is gone has to be so for as long as it had to hold, or its edge would ring. */
type Side = 'low' | 'high'

/** Compares each value with the limits of its channel. */
export class Thresholds {
  #configs: ReadonlyMap<ChannelName, ThresholdConfig>
  /** Channels that are beyond a limit, and which. */
  readonly #beyond = new Map<ChannelName, Side>()

  constructor(configs: readonly ThresholdConfig[]) {
    this.#configs = byChannel(configs)
  }

  /** Other limits hold from now on. What is beyond none any more is over; the rest is found at its next value. */
  watch(configs: readonly ThresholdConfig[], at: number, episodes: Episodes): void {
    const next = byChannel(configs)
    for (const channel of this.#configs.keys()) {
      if (next.has(channel)) continue
      this.#beyond.delete(channel)
      for (const kind of ['low', 'high'] as const) episodes.isGone({ kind, channel }, at)
    }
    this.#configs = next
  }

  take({ channel, value, suspect, at }: Sample, episodes: Episodes): void {
    const config = this.#configs.get(channel)
    if (config === undefined) return
    if (value === undefined || suspect === true) {
      for (const kind of ['low', 'high'] as const) episodes.isUnseen({ kind, channel })
      return
    }
    const side = sideOf(value, config, this.#beyond.get(channel))
    if (side === undefined) this.#beyond.delete(channel)
    else this.#beyond.set(channel, side)
    const { priority, delayMs } = config
    for (const kind of ['low', 'high'] as const) {
      const cause: AlarmCause = { kind, channel }
      if (kind === side) episodes.holds({ cause, priority, severity: 1, delayMs, clearMs: delayMs }, at)
      else episodes.isGone(cause, at)
    }
  }
}

const byChannel = (configs: readonly ThresholdConfig[]) =>
  new Map(configs.map((config) => [config.channel.name, config]))

function sideOf(
  value: number,
  { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, hysteresis }: ThresholdConfig,
  before: Side | undefined,
): Side | undefined {
  if (value < low || (before === 'low' && value < low + hysteresis)) return 'low'
  if (value > high || (before === 'high' && value > high - hysteresis)) return 'high'
  return undefined
}
