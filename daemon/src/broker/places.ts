/** Counts by key with a limit for each, such as connections by address. */
export class Places {
  readonly #limit: number
  readonly #taken = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @returns whether there was room; whoever got in must `leave` */
  enter(key: string): boolean {
    const count = this.#taken.get(key) ?? 0
    if (count >= this.#limit) return false
    this.#taken.set(key, count + 1)
    return true
  }

  leave(key: string): void {
    const count = this.#taken.get(key) ?? 0
    if (count <= 1) this.#taken.delete(key)
    else this.#taken.set(key, count - 1)
  }
}
