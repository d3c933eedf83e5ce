import type { Clock } from '@hygeia/runtime/clock'

export interface LimiterOptions {
  /** Tokens that come back each second. */
  readonly perSecond: number
  /** Tokens that a new or idle key has. */
  readonly burst: number
  /** Keys remembered; beyond that the least recently used are forgotten, and begin anew. */
  readonly keys: number
}

interface Bucket {
  tokens: number
  at: number
}

/** Token buckets by key, in bounded memory. */
export class Limiter {
  readonly #options: LimiterOptions
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: LimiterOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = clock
  }

  /** @returns whether `key` had a token left; then it has one less */
  take(key: string): boolean {
    const { perSecond, burst, keys } = this.#options
    const now = this.#clock.monotonic()
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = { tokens: burst, at: now }
      const [oldest] = this.#buckets.keys()
      if (this.#buckets.size >= keys && oldest !== undefined) this.#buckets.delete(oldest)
    } else {
      // To the end of the map: the order of keys is the order of use.
      this.#buckets.delete(key)
    }
    this.#buckets.set(key, bucket)
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
}
