import { type DatedBy, Dater } from '@hygeia/dapp/physician/dating'
import type { Batch } from '@hygeia/protocol/batch/batch'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import { type Latest, latestOf } from './latest.ts'
import { chunkOf, Line } from './line.ts'

/** A batch in clear, as it goes into a timeline. */
export interface ClearBatch {
  readonly cid: string
  readonly header: SealedHeader
  readonly batch: Batch
}

/** One reading of an event channel: an alarm, a score, a press of the button. */
export interface Occurrence {
  readonly device: Address
  readonly channel: ChannelName
  /** ms since the Unix epoch. */
  readonly at: number
  readonly value: number
  readonly cid: string
}

/** A day of a waveform at 250 Hz is more than a page may hold: so many readings of one are kept. */
const WAVEFORM_READINGS = 1_000_000
/** Channels whose readings are events. */
const EVENTS: ReadonlySet<string> = new Set(['alarm', 'news2', 'patient-event'])

/** Everything that is open of one patient's readings, by channel and device. */
export class Timeline {
  readonly #lines = new Map<string, Line>()
  readonly #seen = new Set<string>()
  readonly #daters = new Map<Address, Dater<ClearBatch>>()

  has(cid: string): boolean {
    return this.#seen.has(cid)
  }

  /** Add a batch once. Those whose time nobody knows yet wait for a later one of the same boot. */
  add(batch: ClearBatch): void {
    if (this.#seen.has(batch.cid)) return
    this.#seen.add(batch.cid)
    const { device } = batch.header
    const dater = this.#daters.get(device) ?? new Dater<ClearBatch>()
    this.#daters.set(device, dater)
    for (const dated of dater.push(batch)) this.#place(dated)
  }

  /** Date by estimate whatever still waits: there is nothing more to come. */
  settle(): void {
    for (const dater of this.#daters.values()) for (const dated of dater.flush()) this.#place(dated)
  }

  get lines(): readonly Line[] {
    return [...this.#lines.values()]
  }

  line(device: Address, channel: ChannelName): Line | undefined {
    return this.#lines.get(`${device} ${channel}`)
  }

  get latest(): readonly Latest[] {
    return this.lines.filter(({ channel }) => !EVENTS.has(channel)).flatMap((line) => latestOf(line) ?? [])
  }

  /** What happened in a range of time, ms, oldest first. */
  occurrences(channel: ChannelName, from: number, to: number): readonly Occurrence[] {
    return this.lines
      .filter((line) => line.channel === channel)
      .flatMap((line) =>
        line.within(from, to).flatMap(({ cid, at, value }) =>
          [...at.keys()].flatMap((index) => {
            const time = at[index] ?? 0
            if (time < from || time >= to) return []
            return [{ device: line.device, channel, at: time, value: value[index] ?? 0, cid }]
          }),
        ),
      )
      .sort((one, other) => one.at - other.at)
  }

  #place({ cid, header, batch, offsetMs }: ClearBatch & { offsetMs: number; datedBy: DatedBy }): void {
    for (const { channel, samples } of batch.columns) {
      const name = `${header.device} ${channel}`
      const line = this.#lines.get(name) ?? new Line(header.device, channel)
      this.#lines.set(name, line)
      line.add(chunkOf(cid, samples, offsetMs))
      if (header.label.startsWith('ecg/')) line.trim(WAVEFORM_READINGS)
    }
  }
}
