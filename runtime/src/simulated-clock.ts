import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import type { Clock } from './clock.ts'

export interface SimulatedClockOptions {
  /** Wall clock at the start. */
  readonly startUnix: UnixMs
  /** Monotonic clock at the start. */
  readonly startMonotonic: MonotonicMs
  /** Simulated ms in a real ms: 1 is live, `Infinity` waits for nothing. */
  readonly speed: number
}

interface Sleeper {
  readonly until: MonotonicMs
  readonly wake: () => void
}

/**
 * Time that passes only while everybody sleeps, as in a discrete-event simulation.
 *
 * When nothing is left to run, time jumps to the earliest sleeper, exactly, once the real time due at `speed`
 * has passed; a machine that is too slow makes time late, never skips a sleeper. Sleepers wake in the order of
 * their times, those of one instant in the order of asking, each with the event loop drained in between, so
 * that a run repeats exactly. Work that the event loop cannot see finishing (a file, another process) must
 * `hold` the time meanwhile.
 */
export class SimulatedClock implements Clock {
  readonly #speed: number
  readonly #realStart = performance.now()
  readonly #start: MonotonicMs
  #monotonic: MonotonicMs
  #offset: number
  #holders = 0
  #sleepers: Sleeper[] = []
  #pacing: NodeJS.Timeout | undefined
  #isScheduled = false

  constructor({ startUnix, startMonotonic, speed }: SimulatedClockOptions) {
    if (!(speed > 0)) throw new RangeError(`not a speed: ${speed}`)
    this.#speed = speed
    this.#start = startMonotonic
    this.#monotonic = startMonotonic
    this.#offset = startUnix - startMonotonic
  }

  now(): UnixMs {
    return (this.#monotonic + this.#offset) as UnixMs
  }

  monotonic(): MonotonicMs {
    return this.#monotonic
  }

  sleepUntil(until: MonotonicMs, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (until <= this.#monotonic) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        this.#schedule()
        reject(signal.reason)
      }
      const sleeper: Sleeper = {
        until,
        wake() {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#insert(sleeper)
      this.#schedule()
    })
  }

  /** Keep time from passing until disposed. Whoever holds must not sleep on this clock meanwhile. */
  hold(): Disposable {
    this.#holders++
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#holders--
        this.#schedule()
      },
    }
  }

  /** Set the wall clock, as a network time service or a user would; monotonic time does not notice. */
  setWall(to: UnixMs): void {
    this.#offset = to - this.#monotonic
  }

  #insert(sleeper: Sleeper): void {
    // After those of the same instant; there are a handful of sleepers, so a list will do.
    const later = this.#sleepers.findIndex((other) => other.until > sleeper.until)
    if (later === -1) this.#sleepers.push(sleeper)
    else this.#sleepers.splice(later, 0, sleeper)
  }

  /** One turn of the event loop from now, see who is next: what runs until then may sleep for less. */
  #schedule(): void {
    clearTimeout(this.#pacing)
    this.#pacing = undefined
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#advance()
    })
  }

  #advance(): void {
    const next = this.#sleepers[0]
    if (next === undefined || this.#holders > 0) return
    const dueMs = (next.until - this.#start) / this.#speed
    const earlyMs = this.#realStart + dueMs - performance.now()
    // Timers are good to a millisecond: less is not worth one.
    if (earlyMs >= 1) {
      this.#pacing = setTimeout(() => this.#schedule(), Math.min(earlyMs, 0x7fffffff))
      return
    }
    this.#sleepers.shift()
    this.#monotonic = next.until
    next.wake()
    this.#schedule()
  }
}
