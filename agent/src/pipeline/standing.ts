import { alarmFromCode, causeName } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'

export const ALARM = channelNamed('alarm').name
export const NEWS2 = channelNamed('news2').name

/** What holds until something else is said of it, for who comes later: the last score, and alarms that are on. */
export class Standing {
  readonly #samples = new Map<string, Sample>()

  /** Whether samples of this channel are of that kind. */
  static holds(channel: string): boolean {
    return channel === ALARM || channel === NEWS2
  }

  /** Of both channels, in the order in which they came. */
  get samples(): readonly Sample[] {
    return [...this.#samples.values()]
  }

  take(sample: Sample): void {
    const { channel, value } = sample
    if (channel === NEWS2) this.#put(NEWS2, sample)
    if (channel !== ALARM || value === undefined) return
    const state = alarmFromCode(value)
    if (state === undefined) return
    const name = causeName(state.cause)
    if (state.priority === undefined) this.#samples.delete(`alarm ${name}`)
    else this.#put(`alarm ${name}`, sample)
  }

  #put(key: string, sample: Sample): void {
    this.#samples.delete(key)
    this.#samples.set(key, sample)
  }
}
