import type { AlarmPriority } from '@hygeia/protocol/alarm/alarm'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { Episodes } from './episodes.ts'

export interface PresenceOptions {
  readonly channels: readonly ChannelName[]
  readonly noDataMs: number
  readonly probeOffMs: number
  readonly priority: AlarmPriority
}

/** How long values must have come again before the alarm is over. */
const CLEAR_MS = 5_000

/** Watches whether the channels of the patient have values at all. */
export class Presence {
  #options: PresenceOptions
  readonly #lastValueAt = new Map<ChannelName, number>()
  readonly #probesOff = new Set<ChannelName>()

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Other channels are measured from now on; what is not measured any more is not missed. */
  watch(options: PresenceOptions, at: number, episodes: Episodes): void {
    const { channels } = options
    for (const channel of this.#options.channels.filter((one) => !channels.includes(one))) {
      episodes.isGone({ kind: 'probe-off', channel }, at)
      episodes.isGone({ kind: 'no-data', channel }, at)
      this.#lastValueAt.delete(channel)
      this.#probesOff.delete(channel)
    }
    this.#options = options
  }

  take({ channel, value, suspect, missing, at }: Sample): void {
    if (!this.#options.channels.includes(channel)) return
    // What no such sensor can measure is no value of the patient's.
    if (value !== undefined && suspect !== true) this.#lastValueAt.set(channel, at)
    if (missing === 'probe-off') this.#probesOff.add(channel)
    else this.#probesOff.delete(channel)
  }

  advance(at: number, episodes: Episodes): void {
    const { channels, noDataMs, probeOffMs, priority } = this.#options
    for (const channel of channels) {
      const isOff = this.#probesOff.has(channel)
      const lastAt = this.#lastValueAt.get(channel)
      if (lastAt === undefined) this.#lastValueAt.set(channel, at)
      const probeOff = { kind: 'probe-off', channel } as const
      const noData = { kind: 'no-data', channel } as const
      const common = { priority, severity: 1, clearMs: CLEAR_MS }
      if (isOff) episodes.holds({ cause: probeOff, delayMs: probeOffMs, ...common }, at)
      else episodes.isGone(probeOff, at)
      // A probe that is off is named as that.
      const isSilent = !isOff && lastAt !== undefined && at - lastAt >= noDataMs
      if (isSilent) episodes.holds({ cause: noData, delayMs: 0, ...common }, at)
      else episodes.isGone(noData, at)
    }
  }
}
