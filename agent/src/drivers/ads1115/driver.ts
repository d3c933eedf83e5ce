import type { MonotonicMs } from '@hygeia/protocol/units'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { GpioChip } from '../../hal/gpio.ts'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { Burst, StreamingSensor } from '../sensor.ts'
import { type InputOptions, toMicrovolts } from './convert.ts'
import { LeadOff } from './lead-off.ts'
import { Ads1115Link } from './link.ts'
import {
  COMPARATOR_OFF,
  INPUTS,
  OS,
  RANGES,
  RATE_250_SPS,
  RATE_TOLERANCE,
  READY_THRESHOLDS,
  Register,
  SINGLE_SHOT,
} from './registers.ts'

/** Conversions of a tenth of a second are given out together. */
const BURST_MS = 100
const PERIOD_MS = 4
/** A line that tells of nothing for so long is not connected; less may be a machine that is busy. */
const QUIET_LIMIT_MS = 1_000
/** Conversions at either end of a burst that may belong to the one beside it. */
const EDGES = 2

export interface Ads1115Options {
  readonly input: InputOptions
  /** GPIO line of ALERT/RDY, which is open drain and needs a pull-up. */
  readonly readyLine: number
  /** GPIO lines of a front end (AD8232: LO+ and LO−) that are high while an electrode is off. */
  readonly leadOffLines: readonly number[]
}

export interface Ads1115Deps {
  readonly device: I2cDevice
  readonly gpio: GpioChip
  readonly clock: Clock
}

/**
 * ADS1115, converting one input 250 times a second. It has no memory: each conversion is read when ALERT/RDY
 * tells of it, 5 bytes of nine bits each, 0.12 ms at 400 kHz and 0.48 ms at 100 kHz: 3 % or 12 % of the bus.
 */
export class Ads1115 implements StreamingSensor {
  readonly periodMs = PERIOD_MS
  readonly tolerance = RATE_TOLERANCE
  readonly #options: Ads1115Options
  readonly #deps: Ads1115Deps
  readonly #link: Ads1115Link
  readonly #leadOff: LeadOff
  readonly #config: number
  #closeLine: (() => Promise<void>) | undefined
  #words: number[] = []
  /** Earliest time of conversion 0 of the burst that any of its edges allows. */
  #beganAt = Number.POSITIVE_INFINITY
  #isReading = false
  #hasMissed = false
  #fault: { readonly cause: unknown } | undefined
  #begunAt = 0
  #lastAt = 0

  constructor(options: Ads1115Options, deps: Ads1115Deps) {
    this.#options = options
    this.#deps = deps
    this.#link = new Ads1115Link(deps.device)
    this.#leadOff = new LeadOff(options.leadOffLines, deps.gpio)
    // COMP_QUE 00: ALERT/RDY after each conversion.
    const { input, rangeV } = options.input
    this.#config = INPUTS[input] | RANGES[rangeV] | RATE_250_SPS
  }

  /** @throws {SensorError} `WRONG_PART` when it does not look like one, or what was written does not read back */
  async open(): Promise<void> {
    await this.close()
    await this.#link.identify()
    await this.#leadOff.open()
    await this.#listen()
    await this.#link.write(Register.config, OS | this.#config | SINGLE_SHOT | COMPARATOR_OFF)
    await this.#link.write(Register.lowThreshold, READY_THRESHOLDS.low)
    await this.#link.write(Register.highThreshold, READY_THRESHOLDS.high)
    await this.#link.configure(this.#config)
    // Edges from before belong to another setting.
    this.#begin()
    this.#lastAt = this.#begunAt
  }

  async drain(signal: AbortSignal): Promise<Burst> {
    await sleep(this.#deps.clock, BURST_MS, signal)
    if (this.#fault !== undefined) {
      const { cause } = this.#fault
      this.#begin()
      throw cause
    }
    const { input } = this.#options
    const isOff = await this.#leadOff.wasOff()
    const words = this.#words
    const newestAt = (this.#beganAt + (words.length - 1) * PERIOD_MS) as MonotonicMs
    const now = this.#deps.clock.monotonic()
    // Edges that come while this machine is busy are told as one, if at all.
    const least = (now - this.#begunAt) / (PERIOD_MS * (1 + RATE_TOLERANCE)) - EDGES
    const lost = this.#hasMissed || words.length < least ? 'ambiguous' : undefined
    const isQuiet = now - this.#lastAt > QUIET_LIMIT_MS
    this.#begin()
    await this.#link.isIdle(this.#config)
    if (isQuiet) throw new SensorError('no conversions come', { code: 'NO_INTERRUPT' })
    return {
      length: words.length,
      quantities: {
        [input.quantity]: isOff ? 'probe-off' : Float64Array.from(words, (word) => toMicrovolts(word, input)),
      },
      newestAt,
      lost,
    }
  }

  async close(): Promise<void> {
    await this.#closeLine?.()
    this.#closeLine = undefined
    await this.#leadOff.close()
  }

  #begin(): void {
    this.#words = []
    this.#beganAt = Number.POSITIVE_INFINITY
    this.#hasMissed = false
    this.#fault = undefined
    this.#begunAt = this.#deps.clock.monotonic()
  }

  async #listen(): Promise<void> {
    const { readyLine } = this.#options
    const line = await this.#deps.gpio.input(readyLine, {
      edge: 'falling',
      debounceMs: 0,
      isActiveLow: false,
    })
    const watch = line.watch(() => void this.#onReady())
    this.#closeLine = async () => {
      watch[Symbol.dispose]()
      await line.close()
    }
  }

  async #onReady(): Promise<void> {
    if (this.#isReading) {
      this.#hasMissed = true
      return
    }
    this.#isReading = true
    const at = this.#deps.clock.monotonic()
    try {
      const word = await this.#link.read(Register.conversion)
      // An edge is told late at times and never early: the earliest of all says best when the burst began.
      this.#beganAt = Math.min(this.#beganAt, at - this.#words.length * PERIOD_MS)
      this.#words.push(word)
      this.#lastAt = at
    } catch (cause) {
      this.#fault ??= { cause }
    } finally {
      this.#isReading = false
    }
  }
}
