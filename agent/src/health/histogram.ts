/** Upper bounds of the buckets, in ms; what takes longer is in one of its own. */
const BOUNDS_MS = [
  10, 20, 50, 100, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 5_500, 6_000,
  8_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 3_600_000,
] as const

export interface HistogramSnapshot {
  readonly count: number
  readonly meanMs: number | undefined
  readonly maxMs: number | undefined
  /** Of the newest thousands; exact where the buckets are not. */
  readonly p50Ms: number | undefined
  readonly p90Ms: number | undefined
  readonly p99Ms: number | undefined
  /** How many took at most `leMs`, less those of the buckets before; `null` is beyond all bounds. */
  readonly buckets: readonly { readonly leMs: number | null; readonly count: number }[]
}

const KEPT = 4_096

/** How long something took: all of it in buckets, the newest exactly. */
export class Histogram {
  readonly #counts = new Array<number>(BOUNDS_MS.length + 1).fill(0)
  readonly #newest: number[] = []
  #count = 0
  #sum = 0
  #max = 0

  add(ms: number): void {
    const bound = BOUNDS_MS.findIndex((one) => ms <= one)
    const bucket = bound === -1 ? BOUNDS_MS.length : bound
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#newest[this.#count % KEPT] = ms
    this.#count++
    this.#sum += ms
    this.#max = Math.max(this.#max, ms)
  }

  snapshot(): HistogramSnapshot {
    const sorted = [...this.#newest].sort((a, b) => a - b)
    const quantile = (share: number) => {
      const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
      return value === undefined ? undefined : Math.round(value)
    }
    const isEmpty = this.#count === 0
    return {
      count: this.#count,
      meanMs: isEmpty ? undefined : Math.round(this.#sum / this.#count),
      maxMs: isEmpty ? undefined : Math.round(this.#max),
      p50Ms: quantile(0.5),
      p90Ms: quantile(0.9),
      p99Ms: quantile(0.99),
      buckets: this.#counts
        .map((count, index) => ({ leMs: BOUNDS_MS[index] ?? null, count }))
        .filter(({ count }) => count > 0),
    }
  }
}
