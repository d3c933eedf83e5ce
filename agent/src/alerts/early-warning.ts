import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { BREATHES, CONSCIOUSNESS } from '@hygeia/protocol/news2/observations'
import { type Score, scoreOf } from '@hygeia/protocol/news2/score'
import type { Sample } from '@hygeia/protocol/sample'
import { MINUTE_MS } from '@hygeia/protocol/units'
import type { AlertsConfig } from './config.ts'
import type { Episodes } from './episodes.ts'
import { MinuteMedians } from './minute-medians.ts'

type News2Config = NonNullable<AlertsConfig['news2']>

const name = (text: string) => channelNamed(text).name
const RESPIRATORY_RATE = name('respiratory-rate')
const SPO2 = name('spo2')
const TEMPERATURE = name('body-temperature')
const SYSTOLIC = name('systolic')
const CONSCIOUSNESS_CHANNEL = name('consciousness')
const OXYGEN = name('oxygen')
/** Over when it was not so for two minutes' medians. */
const CLEAR_MS = 1.5 * MINUTE_MS

/** The early warning score of each minute, from medians and from what somebody entered. */
export class EarlyWarning {
  readonly #config: News2Config
  readonly #pulse: ChannelName
  readonly #medians: MinuteMedians
  /** The last value of what is not measured all the time, and when. */
  readonly #occasional = new Map<ChannelName, { readonly value: number; readonly at: number }>()
  #score: Score | undefined

  constructor(config: News2Config) {
    this.#config = config
    this.#pulse = name(config.pulse)
    this.#medians = new MinuteMedians([RESPIRATORY_RATE, SPO2, this.#pulse, TEMPERATURE])
  }

  /** Of the last whole minute. */
  get score(): Score | undefined {
    return this.#score
  }

  take(sample: Sample): void {
    this.#medians.add(sample)
    const { channel, value, suspect, at } = sample
    const isOccasional = channel === SYSTOLIC || channel === CONSCIOUSNESS_CHANNEL || channel === OXYGEN
    if (isOccasional && value !== undefined && suspect !== true) this.#occasional.set(channel, { value, at })
  }

  /** @returns a score that is new: that of a minute that is over, or with what was entered just now */
  advance(at: number, episodes: Episodes): Score | undefined {
    const medians = this.#medians.advance(at)
    if (medians === undefined) return undefined
    const temperature = medians.get(TEMPERATURE)
    if (temperature !== undefined) this.#occasional.set(TEMPERATURE, { value: temperature, at })
    const { maxAgeMs, spo2Scale } = this.#config
    const recent = (channel: ChannelName, mostMs: number) => {
      const held = this.#occasional.get(channel)
      return held !== undefined && at - held.at <= mostMs ? held.value : undefined
    }
    const breathes = recent(OXYGEN, maxAgeMs.oxygen)
    const consciousness = recent(CONSCIOUSNESS_CHANNEL, maxAgeMs.consciousness)
    this.#score = scoreOf(
      {
        respiratoryRate: medians.get(RESPIRATORY_RATE),
        spo2: medians.get(SPO2),
        breathes: breathes === undefined ? undefined : BREATHES[breathes],
        systolic: recent(SYSTOLIC, maxAgeMs.systolic),
        pulse: medians.get(this.#pulse),
        consciousness: consciousness === undefined ? undefined : CONSCIOUSNESS[consciousness],
        temperature: recent(TEMPERATURE, maxAgeMs.temperature),
      },
      spo2Scale,
    )
    this.#watch(this.#score, at, episodes)
    return this.#score
  }

  /** Five and seven alarm also when something is missing: the score is at least that. */
  #watch({ atLeast, hasThree }: Score, at: number, episodes: Episodes): void {
    const cause = { kind: 'news2' } as const
    const severity = atLeast >= 7 ? 3 : atLeast >= 5 ? 2 : hasThree ? 1 : 0
    if (severity === 0) {
      episodes.isGone(cause, at)
      return
    }
    const priority = severity === 3 ? 'high' : 'medium'
    episodes.holds({ cause, priority, severity, delayMs: 0, clearMs: CLEAR_MS }, at)
  }
}
