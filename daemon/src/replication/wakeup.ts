/** Lets a loop sleep until there is something to do; a call that comes while it works is not lost. */
export class Wakeup {
  #isWoken = false
  #resolve = () => {}

  readonly wake = (): void => {
    this.#isWoken = true
    this.#resolve()
  }

  /** Resolves when `wake` was called since the last time, or after `limitMs`. */
  async wait(limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#resolve = resolve
    if (this.#isWoken) resolve()
    const timer = setTimeout(resolve, limitMs)
    await promise
    clearTimeout(timer)
    this.#isWoken = false
  }
}
