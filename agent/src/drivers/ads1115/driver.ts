import type { MonotonicMs } from '@hygeia/protocol/units'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { GpioChip } from '../../hal/gpio.ts'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { Burst, StreamingSensor } from '../sensor.ts'
import { type FrontEnd, isClipped, toMicrovolts } from './convert.ts'
import { LeadOff } from './lead-off.ts'
import {
  COMPARATOR_OFF,
  INPUTS,
  type Input,
  OS,
  POWER_UP_THRESHOLDS,
  RANGE_4_096_V,
  RATE_250_SPS,
  RATE_TOLERANCE,
  READY_THRESHOLDS,
  Register,
  SINGLE_SHOT,
} from './registers.ts'

/** Conversions of a tenth of a second are given out together. */
const BURST_MS = 100
const PERIOD_MS = 4

export interface Ads1115Options {
  readonly input: Input
  /** GPIO line of ALERT/RDY, which is open drain and needs a pull-up. */
  readonly readyLine: number
  /** GPIO lines of a front end (AD8232: LO+ and LO−) that are high while an electrode is off. */
  readonly leadOffLines: readonly number[]
  readonly frontEnd: FrontEnd
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
  readonly #leadOff: LeadOff
  readonly #config: number
  #closeLine: (() => Promise<void>) | undefined
  #words: number[] = []
  /** Earliest time of conversion 0 of the burst that any of its edges allows. */
  #beganAt = Number.POSITIVE_INFINITY
  #isReading = false
  #hasMissed = false
  #fault: { readonly cause: unknown } | undefined

  constructor(options: Ads1115Options, deps: Ads1115Deps) {
    this.#options = options
    this.#deps = deps
    this.#leadOff = new LeadOff(options.leadOffLines, deps.gpio)
    // COMP_QUE 00: ALERT/RDY after each conversion.
    this.#config = INPUTS[options.input] | RANGE_4_096_V | RATE_250_SPS
  }

  /**
   * The chip has no identity. Nothing is written before its thresholds read as after power-up or as we set them,
   * which those of an LM75 or TMP117 at the same address never do.
   *
   * @throws {SensorError} `WRONG_PART` when they do not, or what was written does not read back
   */
  async open(): Promise<void> {
    await this.close()
    const low = await this.#read(Register.lowThreshold)
    const high = await this.#read(Register.highThreshold)
    const isKnown = [POWER_UP_THRESHOLDS, READY_THRESHOLDS].some(
      (one) => one.low === low && one.high === high,
    )
    if (!isKnown) throw wrongPart(POWER_UP_THRESHOLDS.high, high)
    await this.#leadOff.open()
    await this.#listen()
    await this.#write(Register.config, OS | this.#config | SINGLE_SHOT | COMPARATOR_OFF)
    await this.#write(Register.lowThreshold, READY_THRESHOLDS.low)
    await this.#write(Register.highThreshold, READY_THRESHOLDS.high)
    await this.#write(Register.config, this.#config)
    const got = await this.#read(Register.config)
    if ((got & ~OS) !== this.#config) throw wrongPart(this.#config, got)
    // Edges from before belong to another setting.
    this.#begin()
  }

  async drain(signal: AbortSignal): Promise<Burst> {
    await sleep(this.#deps.clock, BURST_MS, signal)
    if (this.#fault !== undefined) {
      const { cause } = this.#fault
      this.#begin()
      throw cause
    }
    const isOff = await this.#leadOff.wasOff()
    const words = this.#words
    const newestAt = (this.#beganAt + (words.length - 1) * PERIOD_MS) as MonotonicMs
    const lost = this.#hasMissed ? 'ambiguous' : undefined
    this.#begin()
    // A chip that lost its power reads zeros, and tells of nothing: neither is a value.
    const got = await this.#read(Register.config)
    if ((got & ~OS) !== this.#config) {
      throw new SensorError('the ADS1115 lost its set-up', { code: 'RESTARTED' })
    }
    if (words.length === 0) throw new SensorError('no conversions come', { code: 'NO_INTERRUPT' })
    return {
      length: words.length,
      quantities: { voltage: isOff ? 'probe-off' : this.#toValues(words) },
      newestAt,
      lost,
    }
  }

  async close(): Promise<void> {
    await this.#closeLine?.()
    this.#closeLine = undefined
    await this.#leadOff.close()
  }

  #toValues(words: readonly number[]): Float64Array {
    const { frontEnd } = this.#options
    const values = new Float64Array(words.length)
    for (const [index, word] of words.entries()) {
      values[index] = isClipped(word) ? Number.NaN : toMicrovolts(word, frontEnd)
    }
    return values
  }

  #begin(): void {
    this.#words = []
    this.#beganAt = Number.POSITIVE_INFINITY
    this.#hasMissed = false
    this.#fault = undefined
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
      const word = await this.#read(Register.conversion)
      // An edge is told late at times and never early: the earliest of all says best when the burst began.
      this.#beganAt = Math.min(this.#beganAt, at - this.#words.length * PERIOD_MS)
      this.#words.push(word)
    } catch (cause) {
      this.#fault ??= { cause }
    } finally {
      this.#isReading = false
    }
  }

  async #read(register: number): Promise<number> {
    const word = await this.#deps.device.readWord(register)
    return ((word & 0xff) << 8) | (word >> 8)
  }

  async #write(register: number, word: number): Promise<void> {
    await this.#deps.device.writeWord(register, ((word & 0xff) << 8) | (word >> 8))
  }
}

function wrongPart(want: number, got: number): SensorError {
  return new SensorError('no ADS1115 here', { code: 'WRONG_PART', want, got })
}
