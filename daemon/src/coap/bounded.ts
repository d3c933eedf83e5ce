import type { Clock } from '@hygeia/runtime/clock'

export interface BoundedOptions {
  readonly count: number
  readonly bytes: number
  /** How long something stays after it was put. */
  readonly ttlMs: number
}

interface Held<T> {
  readonly value: T
  readonly bytes: number
  readonly at: number
}

/** A map that is bounded in count, bytes and time; what was put longest ago goes first. */
export class Bounded<T> {
  readonly #options: BoundedOptions
  readonly #clock: Clock
  readonly #held = new Map<string, Held<T>>()
  #bytes = 0

  constructor(options: BoundedOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = clock
  }

  /** From 0 to 1: how near it is to forgetting something too early. */
  get fill(): number {
    this.#forget()
    return Math.max(this.#held.size / this.#options.count, this.#bytes / this.#options.bytes)
  }

  get(key: string): T | undefined {
    const held = this.#held.get(key)
    return held !== undefined && held.at + this.#options.ttlMs > this.#clock.monotonic()
      ? held.value
      : undefined
  }

  put(key: string, value: T, bytes: number): void {
    this.delete(key)
    this.#held.set(key, { value, bytes, at: this.#clock.monotonic() })
    this.#bytes += bytes
    this.#forget()
  }

  delete(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined) return
    this.#held.delete(key)
    this.#bytes -= held.bytes
  }

  #forget(): void {
    const { count, bytes, ttlMs } = this.#options
    const eldest = this.#clock.monotonic() - ttlMs
    for (const [key, { at }] of this.#held) {
      if (at > eldest && this.#held.size <= count && this.#bytes <= bytes) return
      this.delete(key)
    }
  }
}
