import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import type { SignalConfig } from './config.ts'
import { meterOf } from './meters.ts'
import { Source, type Tell } from './source.ts'

const NOTHING: readonly Sample[] = []

/** Heart rates, intervals and breathing from the waveforms, as their samples come. */
export class Signals {
  readonly #sources = new Map<ChannelName, Source[]>()
  #told: Sample[] = []
  readonly #tell: Tell = (channel, at, reading) => this.#told.push(toSample(channel, at, reading))

  constructor(configs: readonly SignalConfig[]) {
    for (const config of configs) {
      const { name } = config.from
      const sources = this.#sources.get(name) ?? []
      this.#sources.set(name, [...sources, new Source(config, { meter: meterOf(config) })])
    }
  }

  /** @returns what follows from `sample`, of the same instant; mostly nothing */
  take(sample: Sample): readonly Sample[] {
    const sources = this.#sources.get(sample.channel)
    if (sources === undefined) return NOTHING
    for (const source of sources) source.take(sample, this.#tell)
    if (this.#told.length === 0) return NOTHING
    const told = this.#told
    this.#told = []
    return told
  }
}
