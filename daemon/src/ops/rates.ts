import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'

/** Counts that only rise. */
export interface Totals {
  readonly taken: number
  readonly refused: number
}

/** What came since the moment before. */
export interface Moment extends Totals {
  readonly at: UnixMs
}

interface Sample extends Moment {
  /** Monotonic, ms. */
  readonly since: number
}

export interface RatesDeps {
  readonly totals: () => Promise<Totals>
  readonly clock: Clock
}

const SAMPLE_MS = 30_000
/** Two hours. */
const SAMPLES = 240
const LEAST_MS = 10_000
const LATELY_MS = 300_000

/** How fast batches come and are refused, over the last minutes and hours. */
export class Rates implements Service {
  readonly #deps: RatesDeps
  readonly #samples: Sample[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(deps: RatesDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    await this.sample()
    this.#timer = setInterval(() => void this.sample(), SAMPLE_MS).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
  }

  async sample(): Promise<void> {
    this.#samples.push(await this.#now())
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }

  /** Taken in a minute, of the last five or since the start; 0 in the first moment. */
  async perMinute(): Promise<number> {
    const now = await this.#now()
    const oldest = this.#samples.find(({ since }) => now.since - since <= LATELY_MS)
    if (oldest === undefined) return 0
    const tookMs = now.since - oldest.since
    return tookMs < 1_000 ? 0 : Math.round(((now.taken - oldest.taken) * 60_000 * 10) / tookMs) / 10
  }

  /** Oldest first, up to about now; nothing came in the first, which says when counting began. */
  async history(): Promise<readonly Moment[]> {
    const now = await this.#now()
    const last = this.#samples.at(-1)
    // One batch in a moment of a second would be sixty a minute.
    const isLong = last === undefined || now.since - last.since >= LEAST_MS
    const samples = isLong ? [...this.#samples, now] : this.#samples
    return samples.map(({ at, taken, refused }, index) => {
      const before = samples[index - 1] ?? { taken, refused }
      return { at, taken: taken - before.taken, refused: refused - before.refused }
    })
  }

  async #now(): Promise<Sample> {
    const { clock, totals } = this.#deps
    return { ...(await totals()), at: clock.now(), since: clock.monotonic() }
  }
}
