export interface BackoffOptions {
  /** First wait in ms. */
  readonly firstMs: number
  /** Longest wait in ms. */
  readonly limitMs: number
  /** 0 to 1, exclusive; injected so that tests can be exact. */
  readonly random?: () => number
}

/** Waits that double up to a limit, with jitter so that many clients do not come back at once. */
export class Backoff {
  readonly #options: Required<BackoffOptions>
  #attempt = 0

  constructor(options: BackoffOptions) {
    this.#options = { random: Math.random, ...options }
  }

  /** Next wait in ms: between half of and the whole doubled value. */
  nextMs(): number {
    const { firstMs, limitMs, random } = this.#options
    const ceiling = Math.min(limitMs, firstMs * 2 ** this.#attempt)
    this.#attempt = Math.min(this.#attempt + 1, 30)
    return ceiling * (0.5 + random() / 2)
  }

  reset(): void {
    this.#attempt = 0
  }
}
