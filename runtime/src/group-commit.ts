interface Waiting<T> {
  readonly item: T
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/**
 * Gathers items that arrive while a commit is under way into the next one, so that one fsync serves many.
 *
 * @typeParam T - what is committed
 */
export class GroupCommit<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>
  readonly #limit: number
  #waiting: Waiting<T>[] = []
  #running: Promise<void> | undefined

  /**
   * @param commit - makes all `items` durable, or throws and makes none so
   * @param limit - most items in one commit, 1 or more
   */
  constructor(commit: (items: readonly T[]) => Promise<void>, limit: number) {
    if (!(limit >= 1)) throw new RangeError(`not a limit: ${limit}`)
    this.#commit = commit
    this.#limit = limit
  }

  /** How many items wait for the next commit. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves when `item` is durable. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#running ??= this.#drain()
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #drain(): Promise<void> {
    // A turn of the event loop first: whatever came in the same burst goes into the same commit.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#limit)
      try {
        await this.#commit(group.map(({ item }) => item))
        for (const { resolve } of group) resolve()
      } catch (cause) {
        for (const { reject } of group) reject(cause)
      }
    }
    this.#running = undefined
  }
}
