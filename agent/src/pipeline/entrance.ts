import { type Channel, channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { EnteredReading, EntryFault } from './messages.ts'

/** A reading may be so old when it comes: longer than any node should take, shorter than a window's wait. */
const OLDEST_MS = 600_000

export type Entry =
  | { readonly outcome: 'sample'; readonly sample: Sample }
  | { readonly outcome: 'refused'; readonly fault: EntryFault }

/** Where readings from the user's nodes come in: checked like a sensor's, and never two sources under one channel. */
export class Entrance {
  readonly #sources = new Map<string, string>()
  readonly #lastAt = new Map<string, number>()
  #own: ReadonlySet<string> = new Set()

  /** @param own - channels that the core records of its sensors; sources that were known are forgotten */
  reset(own: ReadonlySet<string>): void {
    this.#own = own
    this.#sources.clear()
  }

  /** Judge one reading, at the monotonic instant `now`. */
  judge(entered: EnteredReading, now: number): Entry {
    const { channel: name, source, at = now, reading } = entered
    let channel: Channel
    try {
      channel = channelNamed(name)
    } catch {
      return refused('UNKNOWN_CHANNEL')
    }
    if (this.#own.has(name)) return refused('RECORDED_RAW')
    if ((this.#sources.get(name) ?? source) !== source) return refused('OTHER_SOURCE')
    if (at > now || at < now - OLDEST_MS) return refused('OUT_OF_TIME')
    if (at <= (this.#lastAt.get(name) ?? -1)) return refused('NOT_RISING')
    this.#sources.set(name, source)
    this.#lastAt.set(name, at)
    return { outcome: 'sample', sample: toSample(channel, at as MonotonicMs, reading) }
  }
}

function refused(fault: EntryFault): Entry {
  return { outcome: 'refused', fault }
}
