import { alarmToCode } from '@hygeia/protocol/alarm/alarm'
import { type Channel, type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { type Score, scoreToCode } from '@hygeia/protocol/news2/score'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { AlertsConfig } from './config.ts'
import { EarlyWarning } from './early-warning.ts'
import { type Episode, Episodes } from './episodes.ts'
import { Presence } from './presence.ts'
import { Thresholds } from './thresholds.ts'

const CALL = channelNamed('patient-event').name
const ALARM = channelNamed('alarm').name
const NEWS2 = channelNamed('news2').name
/** Channels that people fill by hand. */
export const ENTERED: readonly ChannelName[] = ['systolic', 'diastolic', 'consciousness', 'oxygen'].map(
  (name) => channelNamed(name).name,
)
const NOTHING: readonly Sample[] = []

export interface AlertsOptions extends AlertsConfig {
  /** Channels that sensors or signals fill. */
  readonly channels: readonly Channel[]
}

/** Everything that is watched at the bedside. Reads no clock: its time is that of the samples, and of `advance`. */
export class Alerts {
  readonly #episodes: Episodes
  readonly #thresholds: Thresholds
  readonly #presence: Presence
  readonly #warning: EarlyWarning | undefined
  readonly #lastAt = new Map<ChannelName, number>()
  /** Channels of which anything can follow; waveforms come by the hundred. */
  #watched: ReadonlySet<ChannelName>
  readonly #limited: readonly ChannelName[]

  constructor({
    news2,
    thresholds,
    noDataMs,
    probeOffMs,
    technicalPriority,
    silenceMs,
    channels,
  }: AlertsOptions) {
    this.#episodes = new Episodes({ silenceMs })
    this.#limited = thresholds.map(({ channel }) => channel.name)
    this.#watched = new Set([...watchedOf(channels), ...this.#limited, ...ENTERED])
    this.#thresholds = new Thresholds(thresholds)
    this.#warning = news2 === undefined ? undefined : new EarlyWarning(news2)
    this.#presence = new Presence({
      channels: vitalsOf(channels),
      noDataMs,
      probeOffMs,
      priority: technicalPriority,
    })
  }

  /** Alarms that are on, gravest first. */
  get active(): readonly Episode[] {
    return this.#episodes.active
  }

  /** Of the last whole minute, when there is one. */
  get score(): Score | undefined {
    return this.#warning?.score
  }

  /** Other channels are measured from now on. */
  watch(channels: readonly Channel[], at: number): void {
    this.#watched = new Set([...watchedOf(channels), ...this.#limited, ...ENTERED])
    this.#presence.watch(vitalsOf(channels), at, this.#episodes)
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

const vitalsOf = (channels: readonly Channel[]) =>
  channels.filter(({ category }) => category === 'vitals').map(({ name }) => name)

const watchedOf = (channels: readonly Channel[]) =>
  channels.filter(({ category }) => category === 'vitals' || category === 'alert').map(({ name }) => name)

/** The gravest alarm that is not silent. */
export function sounding(active: readonly Episode[]): Episode | undefined {
  return active.find(({ silentUntil }) => silentUntil === undefined)
}
