import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import { inputsOf, type SignalConfig } from './config.ts'
import { meterOf } from './meters.ts'
import { OximeterSource } from './oximeter-source.ts'
import { Source, type Tell } from './source.ts'

const NOTHING: readonly Sample[] = []

interface Taker {
  take(sample: Sample, tell: Tell): void
}

export interface SignalsDeps {
  /** Whether somebody looked which LED of the sensor behind this channel is the red one. */
  readonly isOrderKnown: (infrared: ChannelName) => boolean
}

/** Heart rates, intervals, breathing and saturation from the waveforms, as their samples come. */
export class Signals {
  readonly #takers = new Map<ChannelName, Taker[]>()
  readonly #oximeters = new Map<ChannelName, OximeterSource>()
  #told: Sample[] = []
  readonly #tell: Tell = (channel, at, reading) => this.#told.push(toSample(channel, at, reading))

  constructor(configs: readonly SignalConfig[], { isOrderKnown }: SignalsDeps) {
    for (const config of configs) {
      const { name } = config.from
      if (config.kind === 'spo2') {
        const oximeter = new OximeterSource(config, () => isOrderKnown(name))
        this.#oximeters.set(name, oximeter)
        for (const input of Object.values(inputsOf(config))) this.#add(input.name, oximeter)
      } else {
        this.#add(name, new Source(config, { meter: meterOf(config) }))
      }
    }
  }

  /** Channels of infrared light whose sensor looks as if its LEDs were in each other's place. */
  get doubtful(): readonly ChannelName[] {
    return [...this.#oximeters].flatMap(([name, { isDoubtful }]) => (isDoubtful ? name : []))
  }

  /** @returns what follows from `sample`, of the same instant; mostly nothing */
  take(sample: Sample): readonly Sample[] {
    const takers = this.#takers.get(sample.channel)
    if (takers === undefined) return NOTHING
    for (const taker of takers) taker.take(sample, this.#tell)
    if (this.#told.length === 0) return NOTHING
    const told = this.#told
    this.#told = []
    return told
  }
  #add(name: ChannelName, taker: Taker): void {
    this.#takers.set(name, [...(this.#takers.get(name) ?? []), taker])
  }
}
