import type { UnixMs } from '@hygeia/protocol/units'
import type { OpenedBatch } from '../physician/opening.ts'

/** Half-open range of time that is written: batches reach over its ends. */
export interface Span {
  readonly from: UnixMs
  readonly to: UnixMs
}

/** The readings of a batch that lie in the span; undefined when there are none. */
export function clip(opened: OpenedBatch, { from, to }: Span): OpenedBatch | undefined {
  const { batch, offsetMs } = opened
  const isInside = ({ at }: { readonly at: number }) => at + offsetMs >= from && at + offsetMs < to
  const columns = batch.columns
    .map(({ channel, samples }) => {
      // Samples are in order of time, so that most batches need a look at two of them only.
      const [first, last] = [samples.at(0), samples.at(-1)]
      const isWhole = first !== undefined && last !== undefined && isInside(first) && isInside(last)
      return { channel, samples: isWhole ? samples : samples.filter(isInside) }
    })
    .filter(({ samples }) => samples.length > 0)
  return columns.length === 0 ? undefined : { ...opened, batch: { ...batch, columns } }
}

/** How many readings a batch has. */
export function readingsOf({ batch }: OpenedBatch): number {
  return batch.columns.reduce((sum, { samples }) => sum + samples.length, 0)
}
