import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { Priority } from '@hygeia/protocol/sealed/header'
import { MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import type { Recording } from '../delivery/pipeline.ts'
import type { RecordingStep } from '../spool/room.ts'

/** How much of a channel is recorded, in its own time. */
type Rule =
  | 'all'
  | 'none'
  /** The first reading of each period. */
  | { readonly oneEveryMs: number }
  /** Whatever falls into the beginning of each period. */
  | { readonly stripMs: number; readonly everyMs: number }

const ONE_A_MINUTE: Rule = { oneEveryMs: MINUTE_MS }
/** A waveform of which every tenth value is left is none: ten seconds are what is printed of a resting ECG. */
const STRIPS: Rule = { stripMs: 10 * SECOND_MS, everyMs: 5 * MINUTE_MS }

const RULES: Readonly<Record<RecordingStep, Readonly<Record<Exclude<Priority, 'alert'>, Rule>>>> = {
  all: { vitals: 'all', ecg: 'all', rest: 'all' },
  'rest-thinned': { vitals: 'all', ecg: 'all', rest: ONE_A_MINUTE },
  'ecg-strips': { vitals: 'all', ecg: STRIPS, rest: 'none' },
  'vitals-thinned': { vitals: ONE_A_MINUTE, ecg: 'none', rest: 'none' },
  'alerts-only': { vitals: 'none', ecg: 'none', rest: 'none' },
}

export interface ThinningOptions {
  readonly priorities: Recording['priorities']
  /** Channels that people fill by hand: rare, and never to be had again. */
  readonly entered: ReadonlySet<ChannelName>
}

/** A stretch of one channel of which nothing is recorded. */
interface Gap {
  readonly first: Sample
  /** Whether a sample that says so went on to be recorded. */
  isTold: boolean
}

/**
 * Decides what of the samples is recorded while the spool fills, behind alarms and signals, which go by all of them.
 *
 * In place of the first sample of each stretch that is left out goes one that says `not-recorded`; each that is left
 * out is counted.
 */
export class Thinning {
  #priorities: ThinningOptions['priorities']
  readonly #entered: ThinningOptions['entered']
  #step: RecordingStep = 'all'
  readonly #gaps = new Map<ChannelName, Gap>()
  /** By channel: the last period of which a reading was recorded. */
  readonly #lastPeriod = new Map<ChannelName, number>()
  readonly #left: Record<string, number> = {}

  constructor({ priorities, entered }: ThinningOptions) {
    this.#priorities = priorities
    this.#entered = entered
  }

  get step(): RecordingStep {
    return this.#step
  }

  /** How many samples were not recorded, by channel. */
  get notRecorded(): Readonly<Record<string, number>> {
    return this.#left
  }

  become(step: RecordingStep): void {
    this.#step = step
    this.#lastPeriod.clear()
  }

  retune(priorities: ThinningOptions['priorities']): void {
    this.#priorities = priorities
  }

  /**
   * @param hasRoom - whether the next stage has any for this sample; nothing at all is recorded without
   * @returns what to record: the sample, what tells of a gap, both or nothing
   */
  take(sample: Sample, hasRoom: boolean): readonly Sample[] {
    const { channel } = sample
    const gap = this.#gaps.get(channel)
    if (hasRoom && this.#isKept(sample)) {
      if (gap === undefined) return [sample]
      this.#gaps.delete(channel)
      return gap.isTold ? [sample] : [tellOf(gap), sample]
    }
    this.#left[channel] = (this.#left[channel] ?? 0) + 1
    if (gap?.isTold) return []
    const begun = gap ?? { first: sample, isTold: false }
    this.#gaps.set(channel, begun)
    if (!hasRoom) return []
    begun.isTold = true
    return [tellOf(begun)]
  }

  #isKept({ channel, at }: Sample): boolean {
    const rule = this.#ruleOf(channel)
    if (rule === 'all' || rule === 'none') return rule === 'all'
    if ('stripMs' in rule) return at % rule.everyMs < rule.stripMs
    const period = Math.floor(at / rule.oneEveryMs)
    const isFirst = period > (this.#lastPeriod.get(channel) ?? -1)
    if (isFirst) this.#lastPeriod.set(channel, period)
    return isFirst
  }

  #ruleOf(channel: ChannelName): Rule {
    if (this.#step === 'all' || this.#entered.has(channel)) return 'all'
    const { category } = channelNamed(channel)
    if (category === 'alert') return 'all'
    const priority = this.#priorities[category]
    // The last of the room is for alerts, and not for what is to travel as fast.
    return RULES[this.#step][priority === 'alert' ? 'vitals' : priority]
  }
}

const tellOf = ({ first: { channel, at } }: Gap): Sample => ({ channel, at, missing: 'not-recorded' })
