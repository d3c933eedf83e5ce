import type { TimeReference } from '@hygeia/protocol/batch/batch'
import { type Category, channelNamed } from '@hygeia/protocol/channel'
import { monthEnd, monthOf } from '@hygeia/protocol/label'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'

/** Samples of one category of one boot, in the order in which they were taken. */
export interface Window {
  /** Names it in the journal. */
  readonly id: number
  readonly category: Category
  readonly samples: readonly Sample[]
}

export interface WindowOptions {
  /** Longest span of one window, by category; 0 closes it with its first sample. */
  readonly windowMs: Readonly<Record<Category, number>>
  /** Most samples in one window. */
  readonly maxSamples: number
}

interface Open extends Window {
  readonly samples: Sample[]
  readonly firstAt: number
}

/**
 * Groups samples into windows by category. Reads only the timestamps on the samples, never a clock, so that a
 * recorded stream always falls into the same windows.
 */
export class Windows {
  #options: WindowOptions
  readonly #nextId: () => number
  readonly #open = new Map<Category, Open>()

  constructor(options: WindowOptions, { nextId }: { nextId: () => number }) {
    this.#options = options
    this.#nextId = nextId
  }

  /** Windows that still take samples. */
  get open(): readonly Window[] {
    return [...this.#open.values()]
  }

  /** From now on windows, those that are open too, span at most `windowMs`. */
  retune(windowMs: WindowOptions['windowMs']): void {
    this.#options = { ...this.#options, windowMs }
  }

  /** Go on with a window that an earlier process began. */
  resume(window: Window): void {
    const firstAt = window.samples[0]?.at ?? 0
    this.#open.set(window.category, { ...window, samples: [...window.samples], firstAt })
  }

  /** @returns windows that this sample closed, in the order of closing */
  push(sample: Sample): readonly Window[] {
    const { category } = channelNamed(sample.channel)
    const closed = this.advance(sample.at)
    const open = this.#open.get(category) ?? { id: this.#nextId(), category, samples: [], firstAt: sample.at }
    this.#open.set(category, open)
    open.samples.push(sample)
    const isOver = this.#options.windowMs[category] === 0 || open.samples.length >= this.#options.maxSamples
    return isOver ? [...closed, ...this.#close([open])] : closed
  }

  /** Time has come to `at`: nothing earlier will be pushed. @returns windows that are over */
  advance(at: MonotonicMs): readonly Window[] {
    const over = [...this.#open.values()].filter(
      ({ category, firstAt }) => at - firstAt >= this.#options.windowMs[category],
    )
    return this.#close(over)
  }

  /** Nothing more will come. @returns every window that was open */
  flush(): readonly Window[] {
    return this.#close([...this.#open.values()])
  }

  #close(windows: readonly Open[]): readonly Window[] {
    for (const { category } of windows) this.#open.delete(category)
    return windows
  }
}

/** Samples in pieces that each lie in one month, UTC; in one piece when nobody knows what time it was. */
export function splitAtMonths(
  samples: readonly Sample[],
  offsetMs: TimeReference['offsetMs'],
): readonly (readonly Sample[])[] {
  const pieces: Sample[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const sample of samples) {
    const at = sample.at + (offsetMs ?? 0)
    if (pieces.length === 0 || (offsetMs !== undefined && at >= end)) {
      pieces.push([])
      end = offsetMs === undefined ? Number.POSITIVE_INFINITY : monthEnd(monthOf(at as UnixMs))
    }
    pieces.at(-1)?.push(sample)
  }
  return pieces
}
