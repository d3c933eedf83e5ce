import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'

interface Sample {
  readonly at: number
  readonly total: number
}

export interface RatesDeps {
  /** A count that only rises. */
  readonly total: () => number | Promise<number>
  readonly clock: Clock
}

const SAMPLE_MS = 15_000
/** Five minutes. */
const SAMPLES = 20

/** How fast something goes, over the last minutes. */
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
    this.#samples.push({ at: this.#deps.clock.monotonic(), total: await this.#deps.total() })
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }

  /** Of the last five minutes, or since the start; 0 in the first moment. */
  async perMinute(): Promise<number> {
    const [oldest] = this.#samples
    if (oldest === undefined) return 0
    const tookMs = this.#deps.clock.monotonic() - oldest.at
    const count = (await this.#deps.total()) - oldest.total
    return tookMs < 1_000 ? 0 : Math.round((count * 60_000 * 10) / tookMs) / 10
  }
}
