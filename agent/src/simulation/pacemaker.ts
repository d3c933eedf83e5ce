import type { MonotonicMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import type { Clock } from '@hygeia/runtime/clock'

/** A chip's own oscillator: calls something at its even times while it runs. */
export class Pacemaker {
  readonly #clock: Clock
  #abort = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begin anew from now; the first call is one period from now. */
  start(periodMs: number, onBeat: (at: MonotonicMs) => void): void {
    this.stop()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    const run = async () => {
      const since = this.#clock.monotonic()
      for (let beat = 1; ; beat++) {
        const at = (since + beat * periodMs) as MonotonicMs
        await this.#clock.sleepUntil(at, signal)
        signal.throwIfAborted()
        onBeat(at)
      }
    }
    run().catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  stop(): void {
    this.#abort.abort()
  }
}
