import type { Batch } from '@hygeia/protocol/batch/batch'
import type { BootId } from '@hygeia/protocol/ids'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'

/**
 * How a batch's monotonic times became UTC: by its own clock, by a later batch of the same boot, or only by the
 * estimate in its header.
 */
export type DatedBy = 'clock' | 'later-batch' | 'estimate'

export interface Dating {
  /** UTC − monotonic, ms: add it to a sample's `at`. */
  readonly offsetMs: number
  readonly datedBy: DatedBy
}

/**
 * Dates batches in the order in which they were sealed. Those sealed before the clock was set wait for the first
 * later one of their boot that knows the time.
 */
export class Dater<T extends { readonly batch: Batch; readonly header: SealedHeader }> {
  readonly #waiting = new Map<BootId, T[]>()

  /** @returns what can be dated now, this item last; nothing when it has to wait */
  push(item: T): readonly (T & Dating)[] {
    const { boot, offsetMs } = item.batch.time
    if (offsetMs === undefined) {
      const waiting = this.#waiting.get(boot)
      if (waiting === undefined) this.#waiting.set(boot, [item])
      else waiting.push(item)
      return []
    }
    const waited = this.#waiting.get(boot) ?? []
    this.#waiting.delete(boot)
    return [
      ...waited.map((earlier) => ({ ...earlier, offsetMs, datedBy: 'later-batch' as const })),
      { ...item, offsetMs, datedBy: 'clock' as const },
    ]
  }

  /** What nothing dates, by the estimates in their headers. */
  flush(): readonly (T & Dating)[] {
    const left = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    return left.map((item) => ({ ...item, offsetMs: estimate(item), datedBy: 'estimate' }))
  }
}

function estimate({ batch, header }: { batch: Batch; header: SealedHeader }): number {
  const first = batch.columns.reduce(
    (least, { samples }) => Math.min(least, samples[0]?.at ?? Infinity),
    Infinity,
  )
  return header.from - first
}
