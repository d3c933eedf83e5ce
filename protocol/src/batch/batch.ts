import { type ChannelName, channelNamed } from '../channel.ts'
import type { BootId } from '../ids.ts'
import type { Sample } from '../sample.ts'
import type { MonotonicMs } from '../units.ts'

/** The wall clock was set while the batch was open: from `at` on it was `byMs` ahead of where it had been. */
export interface ClockStep {
  readonly at: MonotonicMs
  readonly byMs: number
}

/** Where the monotonic clock of one boot stood against UTC. */
export interface TimeReference {
  readonly boot: BootId
  /** UTC − monotonic, in whole ms; absent until the clock was synchronised. Any later batch of this boot dates the earlier ones. */
  readonly offsetMs: number | undefined
  readonly steps: readonly ClockStep[]
}

/** Samples of one channel in order of time. */
export interface Column {
  readonly channel: ChannelName
  readonly samples: readonly Sample[]
}

/** Samples of one category over one window: what one sealed batch holds. */
export interface Batch {
  readonly time: TimeReference
  readonly columns: readonly Column[]
}

/** Most samples in one batch. */
export const SAMPLE_LIMIT = 65_536
/** Bytes that no batch reaches before compression, nor may after decompression. */
export const BATCH_LIMIT_BYTES = 1_048_576

/** Samples as they were taken, gathered into columns in order of channel number. */
export function toColumns(samples: readonly Sample[]): readonly Column[] {
  const columns = new Map<ChannelName, Sample[]>()
  for (const sample of samples) {
    const column = columns.get(sample.channel)
    if (column === undefined) columns.set(sample.channel, [sample])
    else column.push(sample)
  }
  return [...columns]
    .map(([channel, taken]) => ({ channel, samples: taken }))
    .sort((a, b) => channelNamed(a.channel).id - channelNamed(b.channel).id)
}
