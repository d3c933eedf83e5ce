import { type FragKeys, Reencrypter } from '@hygeia/protocol/umbral/kfrag'

/** Verified fragments, the least lately used leaving first. Each holds wasm memory until it is freed here. */
export class KfragCache {
  readonly #limit: number
  readonly #held = new Map<string, Reencrypter>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#held.size
  }

  /** @throws {UmbralError} when the fragment was not dealt for these keys */
  get(name: string, kfrag: Uint8Array, keys: FragKeys): Reencrypter {
    const reencrypter = this.#held.get(name) ?? new Reencrypter(kfrag, keys)
    this.#held.delete(name)
    this.#held.set(name, reencrypter)
    for (const [oldest, evicted] of this.#held) {
      if (this.#held.size <= this.#limit) break
      this.#held.delete(oldest)
      evicted.free()
    }
    return reencrypter
  }

  /** Free every fragment whose name begins with `prefix`. */
  forget(prefix: string): void {
    for (const [name, reencrypter] of this.#held) {
      if (!name.startsWith(prefix)) continue
      this.#held.delete(name)
      reencrypter.free()
    }
  }
}
