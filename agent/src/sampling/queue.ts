/**
 * A queue of limited length between one loop that produces and one that consumes: a slow consumer slows the
 * producer instead of filling memory.
 */
export class BoundedQueue<T> {
  readonly #limit: number
  readonly #items: T[] = []
  #end: { readonly cause?: unknown } | undefined
  #room = Promise.withResolvers<void>()
  #news = Promise.withResolvers<void>()

  /** @param limit - how many items may wait before there is no room */
  constructor(limit: number) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.#items.length >= this.#limit
  }

  /** Resolves once there is room, or `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.isFull && !signal.aborted) {
      this.#room = Promise.withResolvers()
      const { resolve, promise } = this.#room
      const onAbort = () => resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      await promise
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Add an item at once, though the queue be full: whoever produces steadily waits for room first. */
  add(item: T): void {
    this.#items.push(item)
    this.#news.resolve()
  }

  /** Nothing more will come; with a `cause`, iteration throws it after the last item. */
  end(cause?: unknown): void {
    this.#end ??= cause === undefined ? {} : { cause }
    this.#news.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    while (true) {
      const item = this.#items.shift()
      if (item !== undefined) {
        this.#room.resolve()
        yield item
      } else if (this.#end !== undefined) {
        if ('cause' in this.#end) throw this.#end.cause
        return
      } else {
        this.#news = Promise.withResolvers()
        await this.#news.promise
      }
    }
  }
}
