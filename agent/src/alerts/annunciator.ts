import type { MonotonicMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { GpioOutput, Level } from '../hal/gpio.ts'
import type { Pattern } from './patterns.ts'

export interface AnnunciatorDeps {
  readonly clock: Clock
  /** @throws {HalError} when the line cannot be had; it is tried again */
  readonly open: () => Promise<GpioOutput>
}

const RETRY_MS = 30_000

/** A buzzer or a light that repeats a pattern. A new one begins at once, whatever the old one was at. */
export class Annunciator {
  readonly #deps: AnnunciatorDeps
  readonly #isActiveLow: boolean
  #output: GpioOutput | undefined
  #pattern: Pattern | undefined
  #playing = new AbortController()
  #writing: Promise<void> = Promise.resolve()
  readonly #closing = new AbortController()

  constructor({ isActiveLow }: { isActiveLow: boolean }, deps: AnnunciatorDeps) {
    this.#isActiveLow = isActiveLow
    this.#deps = deps
  }

  /** Whether its line could be had, and written to. */
  get isWorking(): boolean {
    return this.#output !== undefined
  }

  async open(): Promise<void> {
    try {
      this.#output = await this.#deps.open()
      this.#write(0)
      this.#restart()
    } catch {
      this.#retry()
    }
  }

  /** @param pattern - `undefined` for silence */
  play(pattern: Pattern | undefined): void {
    if (pattern === this.#pattern) return
    this.#pattern = pattern
    this.#restart()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#playing.abort()
    this.#write(0)
    await this.#writing
    await this.#output?.close()
    this.#output = undefined
  }

  #restart(): void {
    this.#playing.abort()
    const pattern = this.#pattern
    if (this.#output === undefined || this.#closing.signal.aborted) return
    if (pattern === undefined) {
      this.#write(0)
      return
    }
    this.#playing = new AbortController()
    void this.#repeat(pattern, this.#playing.signal).catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  async #repeat(pattern: Pattern, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    let until = clock.monotonic()
    while (!signal.aborted) {
      for (const [place, forMs] of pattern.entries()) {
        if (forMs === 0) continue
        this.#write(place % 2 === 0 ? 1 : 0)
        until = Math.max(until + forMs, clock.monotonic()) as MonotonicMs
        await clock.sleepUntil(until as MonotonicMs, signal)
      }
    }
  }

  #write(level: Level): void {
    const output = this.#output
    if (output === undefined) return
    // In order: a line must not end up on because an older write came later.
    this.#writing = this.#writing
      .then(() => output.write(this.#isActiveLow ? (level === 1 ? 0 : 1) : level))
      .catch(() => {
        if (this.#output !== output) return
        this.#output = undefined
        this.#playing.abort()
        this.#retry()
      })
  }

  #retry(): void {
    sleep(this.#deps.clock, RETRY_MS, this.#closing.signal).then(
      () => this.open(),
      // Closed meanwhile.
      () => {},
    )
  }
}
