import type { Missing } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { SensorError } from '../drivers/errors.ts'
import { HalError } from '../hal/errors.ts'

const RETRY = { firstMs: 1_000, limitMs: 30_000 } as const

/** How a sensor is. `since` is when it came into this state. */
export interface SensorStatus {
  readonly name: string
  readonly state: 'opening' | 'present' | 'away'
  readonly since: MonotonicMs
  /** Why it is away: the code of a HalError or SensorError. */
  readonly fault?: HalError['code'] | SensorError['code']
}

export interface KeeperDeps {
  readonly clock: Clock
  /** Identify the chip and set it up; whatever it throws but a HalError or SensorError is a fault of ours. */
  readonly open: (signal: AbortSignal) => Promise<void>
  readonly onChange?: ((status: SensorStatus) => void) | undefined
}

/** Keeps one sensor open: opens it, notices that it went, and opens it again, ever more rarely. */
export class Keeper {
  readonly #deps: KeeperDeps
  readonly #firstAttempt = Promise.withResolvers<void>()
  #isFirst = true
  #status: SensorStatus
  #lost = Promise.withResolvers<void>()
  // Nobody competes for a chip, so there is nobody to spread out from.
  readonly #backoff = new Backoff({ ...RETRY, random: () => 1 })

  constructor(name: string, deps: KeeperDeps) {
    this.#deps = deps
    this.#status = { name, state: 'opening', since: deps.clock.monotonic() }
  }

  get status(): SensorStatus {
    return this.#status
  }

  /** Resolves once the first attempt to open ended, well or not. */
  get firstAttempt(): Promise<void> {
    return this.#firstAttempt.promise
  }

  /** Whether it has not come to its end yet. */
  get isInFirstAttempt(): boolean {
    return this.#isFirst
  }

  /** Until `signal` aborts; rejects with its reason, or with a fault of ours. */
  async run(signal: AbortSignal): Promise<never> {
    try {
      while (true) {
        await this.#stayOpen(signal)
        await sleep(this.#deps.clock, this.#backoff.nextMs(), signal)
      }
    } finally {
      this.#attempted()
    }
  }

  /** What `read` gives, or why it gives nothing: the sensor was never there, or is away, or just went. */
  async read<T extends object>(read: () => Promise<T>): Promise<T | Missing> {
    if (this.#status.state !== 'present') {
      return this.#status.state === 'opening' ? 'not-yet' : 'sensor-error'
    }
    try {
      const readings = await read()
      // Not when it opened: a chip may open well and fail at every read.
      this.#backoff.reset()
      return readings
    } catch (cause) {
      this.#become('away', faultOf(cause))
      this.#lost.resolve()
      return 'sensor-error'
    }
  }

  /** Open the sensor; returns when that failed, or once a read found that it went. */
  async #stayOpen(signal: AbortSignal): Promise<void> {
    this.#lost = Promise.withResolvers()
    const onAbort = () => this.#lost.resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      await this.#deps.open(signal)
      this.#become('present')
      this.#attempted()
      await this.#lost.promise
    } catch (cause) {
      this.#become('away', faultOf(cause))
      this.#attempted()
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #attempted(): void {
    this.#isFirst = false
    this.#firstAttempt.resolve()
  }

  #become(state: 'present' | 'away', fault?: SensorStatus['fault']): void {
    const { name } = this.#status
    const isNews = this.#status.state !== state
    // Away stays away since it went, whatever each attempt to bring it back runs into.
    const since = isNews ? this.#deps.clock.monotonic() : this.#status.since
    this.#status = { name, state, since, ...(fault === undefined ? {} : { fault }) }
    if (isNews) this.#deps.onChange?.(this.#status)
  }
}

/** @throws `cause` itself unless it says that a sensor, and not we, are at fault */
function faultOf(cause: unknown): NonNullable<SensorStatus['fault']> {
  if (cause instanceof HalError || cause instanceof SensorError) return cause.code
  throw cause
}
