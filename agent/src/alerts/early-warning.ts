import { isDeepStrictEqual } from 'node:util'
import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { BREATHES, CONSCIOUSNESS, type Observations, PARAMETERS } from '@hygeia/protocol/news2/observations'
import { type Score, scoreOf } from '@hygeia/protocol/news2/score'
import type { Sample } from '@hygeia/protocol/sample'
import { MINUTE_MS } from '@hygeia/protocol/units'
import type { News2Config } from './config.ts'
import type { Episodes } from './episodes.ts'
import { MinuteMedians } from './minute-medians.ts'

const name = (text: string) => channelNamed(text).name
const RESPIRATORY_RATE = name('respiratory-rate')
const SPO2 = name('spo2')
const PULSE = name('pulse')
const HEART_RATE = name('heart-rate')
const TEMPERATURE = name('body-temperature')
const SYSTOLIC = name('systolic')
const CONSCIOUSNESS_CHANNEL = name('consciousness')
const OXYGEN = name('oxygen')
/** Channels that the chart takes, whoever fills them. */
export const SCORED: readonly ChannelName[] = [
  RESPIRATORY_RATE,
  SPO2,
  PULSE,
  HEART_RATE,
  TEMPERATURE,
  SYSTOLIC,
  CONSCIOUSNESS_CHANNEL,
  OXYGEN,
]
/** Over when it was not so for two minutes' medians. */
const CLEAR_MS = 1.5 * MINUTE_MS

/** The early warning score of each minute, from medians and from what somebody entered. */
export class EarlyWarning {
  #config: News2Config
  readonly #minutes: MinuteMedians
  /** Of the last whole minute. */
  #medians: ReadonlyMap<ChannelName, number> = new Map()
  /** Something was entered, or is scored otherwise, since the last score. */
  #isDue = false
  /** The last value of what is not measured all the time, and when. */
  readonly #occasional = new Map<ChannelName, { readonly value: number; readonly at: number }>()
  #score: Score | undefined

  constructor(config: News2Config) {
    this.#config = config
    this.#minutes = new MinuteMedians({
      steady: [RESPIRATORY_RATE, SPO2, PULSE, HEART_RATE],
      // Once a minute or more rarely, and then it is that.
      rare: [TEMPERATURE],
    })
  }

  /** Of the last whole minute. */
  get score(): Score | undefined {
    return this.#score
  }

  /** It is scored otherwise from now on; what was measured and entered stays. */
  watch(config: News2Config): void {
    if (isDeepStrictEqual(config, this.#config)) return
    this.#config = config
    this.#isDue = true
  }

  /** Nobody scores any more: what it alarmed of is over. */
  end(at: number, episodes: Episodes): void {
    episodes.isGone({ kind: 'news2' }, at)
    for (const parameter of PARAMETERS) episodes.isGone({ kind: 'three', parameter }, at)
  }

  take(sample: Sample): void {
    this.#minutes.add(sample)
    const { channel, value, suspect, at } = sample
    const isEntered = channel === SYSTOLIC || channel === CONSCIOUSNESS_CHANNEL || channel === OXYGEN
    if (!isEntered || value === undefined || suspect === true) return
    this.#occasional.set(channel, { value, at })
    // Whoever enters that somebody does not wake up need not wait for the minute to end.
    this.#isDue = true
  }

  /** @returns a score that is new: that of a minute that is over, or with what was entered just now */
  advance(at: number, episodes: Episodes): Score | undefined {
    const closed = this.#minutes.advance(at)
    if (closed === undefined && !this.#isDue) return undefined
    this.#isDue = false
    if (closed !== undefined) {
      this.#medians = closed
      const temperature = closed.get(TEMPERATURE)
      if (temperature !== undefined) this.#occasional.set(TEMPERATURE, { value: temperature, at })
    }
    const score = scoreOf(this.#observations(at), this.#config.spo2Scale)
    this.#score = score
    this.#watch(score, at, episodes)
    return score
  }

  #observations(at: number): Observations {
    const { maxAgeMs } = this.#config
    const recent = (channel: ChannelName, mostMs: number) => {
      const held = this.#occasional.get(channel)
      return held !== undefined && at - held.at <= mostMs ? held.value : undefined
    }
    const breathes = recent(OXYGEN, maxAgeMs.oxygen)
    const consciousness = recent(CONSCIOUSNESS_CHANNEL, maxAgeMs.consciousness)
    return {
      respiratoryRate: this.#medians.get(RESPIRATORY_RATE),
      spo2: this.#medians.get(SPO2),
      breathes: breathes === undefined ? undefined : BREATHES[breathes],
      systolic: recent(SYSTOLIC, maxAgeMs.systolic),
      pulse: this.#medians.get(this.#config.pulse === 'pulse' ? PULSE : HEART_RATE),
      consciousness: consciousness === undefined ? undefined : CONSCIOUSNESS[consciousness],
      temperature: recent(TEMPERATURE, maxAgeMs.temperature),
    }
  }

  /** All of it also when something is missing: the score is at least that. */
  #watch({ atLeast, points }: Score, at: number, episodes: Episodes): void {
    const common = { delayMs: 0, clearMs: CLEAR_MS }
    const sum = { kind: 'news2' } as const
    if (atLeast >= 7) episodes.holds({ cause: sum, priority: 'high', severity: 2, ...common }, at)
    else if (atLeast >= 5) episodes.holds({ cause: sum, priority: 'medium', severity: 1, ...common }, at)
    else episodes.isGone(sum, at)
    // Each on its own: one that is new is heard, though another was acknowledged.
    for (const parameter of PARAMETERS) {
      const cause = { kind: 'three', parameter } as const
      if (points[parameter] === 3) episodes.holds({ cause, priority: 'medium', severity: 1, ...common }, at)
      else episodes.isGone(cause, at)
    }
  }
}
