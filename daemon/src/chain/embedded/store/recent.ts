/** A map that forgets what was not used for longest once it holds more than `limitBytes`. */
export class RecentBytes {
  readonly #held = new Map<string, Uint8Array>()
  readonly #limitBytes: number
  #bytes = 0

  constructor({ limitBytes }: { limitBytes: number }) {
    this.#limitBytes = limitBytes
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#held.get(key)
    if (value !== undefined) {
      // A Map iterates in order of insertion: what is used moves to the end.
      this.#held.delete(key)
      this.#held.set(key, value)
    }
    return value
  }

  set(key: string, value: Uint8Array): void {
    const before = this.#held.get(key)
    if (before !== undefined) {
      this.#held.delete(key)
      this.#bytes -= cost(key, before)
    }
    this.#held.set(key, value)
    this.#bytes += cost(key, value)
    for (const [oldest, bytes] of this.#held) {
      if (this.#bytes <= this.#limitBytes) break
      this.#held.delete(oldest)
      this.#bytes -= cost(oldest, bytes)
    }
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#held.size
  }
}

/** Roughly what one entry takes in V8: the string, the typed array's own header, the map's slot. */
function cost(key: string, value: Uint8Array): number {
  return key.length + value.length + 200
}
