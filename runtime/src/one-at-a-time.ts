/** Runs what concerns one name in the order of asking, one after another; different names do not wait for each other. */
export class OneAtATime {
  readonly #running = new Map<string, Promise<unknown>>()

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#running.get(name) ?? Promise.resolve()
    const running = before.catch(() => {}).then(work)
    this.#running.set(name, running)
    const settle = () => {
      if (this.#running.get(name) === running) this.#running.delete(name)
    }
    running.then(settle, settle)
    return running
  }

  /** Resolves when nothing that runs now runs any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running.values())
  }
}
