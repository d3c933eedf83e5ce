import { alarmToCode } from '@hygeia/protocol/alarm/alarm'
import { type Channel, type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { type Score, scoreToCode } from '@hygeia/protocol/news2/score'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { WatchConfig } from './config.ts'
import { EarlyWarning, SCORED } from './early-warning.ts'
import { type Episode, Episodes } from './episodes.ts'
import { Presence, type PresenceOptions } from './presence.ts'
import { Thresholds } from './thresholds.ts'

const CALL = channelNamed('patient-event').name
const ALARM = channelNamed('alarm').name
const NEWS2 = channelNamed('news2').name
const NOTHING: readonly Sample[] = []

export interface AlertsOptions extends WatchConfig {
  /** Channels that sensors or signals fill. */
  readonly channels: readonly Channel[]
}

/** Everything that is watched at the bedside. Reads no clock: its time is that of the samples, and of `advance`. */
export class Alerts {
  readonly #episodes: Episodes
  readonly #thresholds: Thresholds
  readonly #presence: Presence
  #warning: EarlyWarning | undefined
  readonly #lastAt = new Map<ChannelName, number>()
  /** Channels of which anything can follow; waveforms come by the hundred. */
  #watched: ReadonlySet<ChannelName>

  constructor(options: AlertsOptions) {
    const { news2, thresholds, silenceMs } = options
    this.#episodes = new Episodes({ silenceMs })
    this.#watched = watchedBy(options)
    this.#thresholds = new Thresholds(thresholds)
    this.#warning = news2 === undefined ? undefined : new EarlyWarning(news2)
    this.#presence = new Presence(presenceOf(options))
  }

  /** Alarms that are on, gravest first. */
  get active(): readonly Episode[] {
    return this.#episodes.active
  }

  /** Of the last whole minute, when there is one. */
  get score(): Score | undefined {
    return this.#warning?.score
  }

  /** Something else is watched from now on. Alarms that are on go on where their cause is still watched. */
  watch(options: AlertsOptions, at: number): void {
    const { news2, thresholds, silenceMs } = options
    this.#episodes.silenceFor(silenceMs)
    this.#watched = watchedBy(options)
    this.#presence.watch(presenceOf(options), at, this.#episodes)
    this.#thresholds.watch(thresholds, at, this.#episodes)
    if (news2 === undefined) this.#warning?.end(at, this.#episodes)
    if (news2 === undefined || this.#warning === undefined) {
      this.#warning = news2 === undefined ? undefined : new EarlyWarning(news2)
    } else this.#warning.watch(news2)
  }

  /** @returns what follows: alarms that began, changed or ended, and scores */
  take(sample: Sample): readonly Sample[] {
    const { channel, value, at } = sample
    if (!this.#watched.has(channel)) return NOTHING
    if (channel === CALL && value === 1) {
      const common = { priority: 'high', severity: 1, delayMs: 0, clearMs: 0, isLatched: true } as const
      this.#episodes.holds({ cause: { kind: 'call' }, ...common }, at)
    }
    this.#thresholds.take(sample, this.#episodes)
    this.#presence.take(sample)
    this.#warning?.take(sample)
    return this.advance(at)
  }

  /** Time has come to `at`. */
  advance(at: number): readonly Sample[] {
    this.#presence.advance(at, this.#episodes)
    const score = this.#warning?.advance(at, this.#episodes)
    const changes = this.#episodes.advance(at)
    if (score === undefined && changes.length === 0) return NOTHING
    return [
      ...(score === undefined ? [] : [this.#sample(NEWS2, at, scoreToCode(score))]),
      ...changes.map((change) => this.#sample(ALARM, at, alarmToCode(change))),
    ]
  }

  /** @returns names of the alarms that are silent now, and what follows from it */
  acknowledge(
    at: number,
    name?: string,
  ): { readonly silenced: readonly string[]; readonly samples: readonly Sample[] } {
    return { silenced: this.#episodes.acknowledge(at, name), samples: this.advance(at) }
  }

  /** Times of a channel rise: what happened in the same ms is told one later. */
  #sample(channel: ChannelName, at: number, value: number): Sample {
    const time = Math.max(Math.floor(at), (this.#lastAt.get(channel) ?? -1) + 1)
    this.#lastAt.set(channel, time)
    return { channel, at: time as MonotonicMs, value }
  }
}

function watchedBy({ channels, thresholds, news2 }: AlertsOptions): ReadonlySet<ChannelName> {
  const own = channels.filter(({ category }) => category === 'vitals' || category === 'alert')
  return new Set([
    ...own.map(({ name }) => name),
    ...thresholds.map(({ channel }) => channel.name),
    ...(news2 === undefined ? [] : SCORED),
  ])
}

function presenceOf({ channels, noDataMs, probeOffMs, technicalPriority }: AlertsOptions): PresenceOptions {
  const vitals = channels.filter(({ category }) => category === 'vitals').map(({ name }) => name)
  return { channels: vitals, noDataMs, probeOffMs, priority: technicalPriority }
}

/** The gravest alarm that is not silent. */
export function sounding(active: readonly Episode[]): Episode | undefined {
  return active.find(({ silentUntil }) => silentUntil === undefined)
}
