export interface GateOptions {
  /** Most things under way at once. */
  readonly count: number
  /** Most bytes under way at once. */
  readonly bytes: number
  /** Most things under way from one sender. */
  readonly countEach: number
}

/** Counts what is under way, so that memory stays flat and one sender leaves room for the others. */
export class Gate {
  readonly #options: GateOptions
  readonly #each = new Map<string, number>()
  #count = 0
  #bytes = 0

  constructor(options: GateOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns what to call when it is done, or undefined when there is no room */
  enter(sender: string, bytes: number): (() => void) | undefined {
    const { count, bytes: limitBytes, countEach } = this.#options
    const own = this.#each.get(sender) ?? 0
    if (this.#count >= count || this.#bytes + bytes > limitBytes || own >= countEach) return undefined
    this.#count++
    this.#bytes += bytes
    this.#each.set(sender, own + 1)
    return () => {
      this.#count--
      this.#bytes -= bytes
      const left = (this.#each.get(sender) ?? 1) - 1
      if (left === 0) this.#each.delete(sender)
      else this.#each.set(sender, left)
    }
  }
}
