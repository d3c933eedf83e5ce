/** How much of the ring an item takes. */
export type Weigh<T> = (item: T) => number

/**
 * What came last, numbered from 1, up to a bound: readers come along at their own pace, and one that falls behind finds
 * that what it wants is gone.
 *
 * @typeParam T - what is kept
 */
export class NumberedRing<T> {
  readonly #limit: number
  readonly #weigh: Weigh<T>
  readonly #items = new Map<number, T>()
  readonly #waiting = new Set<() => void>()
  #weight = 0
  #first = 1
  #last = 0

  /** @param limit - weight of everything together; the newest item is kept whatever it weighs */
  constructor(limit: number, weigh: Weigh<T>) {
    this.#limit = limit
    this.#weigh = weigh
  }

  /** Number of the newest item; 0 before there is one. */
  get last(): number {
    return this.#last
  }

  /** Number of the oldest item that is kept. */
  get first(): number {
    return this.#first
  }

  get(number: number): T | undefined {
    return this.#items.get(number)
  }

  add(item: T): void {
    this.#items.set(++this.#last, item)
    this.#weight += this.#weigh(item)
    while (this.#weight > this.#limit && this.#first < this.#last) {
      const oldest = this.#items.get(this.#first)
      if (oldest !== undefined) this.#weight -= this.#weigh(oldest)
      this.#items.delete(this.#first++)
    }
    for (const wake of this.#waiting) wake()
  }

  /** Call `wake` whenever something was added. @returns ends it */
  onAdded(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => this.#waiting.delete(wake)
  }
}
