import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'

interface Sleeper {
  readonly until: number
  wake(): void
}

/** A clock that moves only when it is told to, and whose wall can be set apart from its monotonic part. */
export class SimulatedClock implements Clock {
  #wall: number
  #monotonic = 1_000
  readonly #sleepers = new Set<Sleeper>()

  constructor({ wallMs }: { wallMs: number }) {
    this.#wall = wallMs
  }

  now(): UnixMs {
    return this.#wall as UnixMs
  }

  monotonic(): MonotonicMs {
    return this.#monotonic as MonotonicMs
  }

  sleepUntil(until: MonotonicMs, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#sleepers.delete(sleeper)
        reject(signal.reason)
      }
      const sleeper = {
        until,
        wake: () => {
          signal.removeEventListener('abort', abort)
          resolve()
        },
      }
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      this.#sleepers.add(sleeper)
    })
  }

  /** Let time pass. Whatever is woken on the way must sleep again, disk writes done, before time goes on. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    for (;;) {
      await this.#settled()
      const next = [...this.#sleepers].sort((a, b) => a.until - b.until)[0]
      if (next === undefined || next.until > end) break
      this.#move(Math.max(next.until, this.#monotonic))
      this.#sleepers.delete(next)
      next.wake()
    }
    this.#move(end)
  }

  /** Set the wall clock `ms` forward, or back when negative. */
  setWall(ms: number): void {
    this.#wall += ms
  }

  /** @throws {Error} when nothing sleeps within ten seconds of real time */
  async #settled(): Promise<void> {
    const deadline = performance.now() + 10_000
    for (let turn = 0; this.#sleepers.size === 0; turn++) {
      if (performance.now() > deadline) throw new Error('nobody waits for this clock')
      // Most waking is only a look at the clock; a disk write takes longer.
      await new Promise((resolve) => (turn < 20 ? setImmediate(resolve) : setTimeout(resolve, 1)))
    }
  }

  #move(to: number): void {
    this.#wall += to - this.#monotonic
    this.#monotonic = to
  }
}
