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
  CONVERSION_MS,
  INPUTS,
  OS,
  RANGES,
  RATE_860_SPS,
  Register,
  SINGLE_SHOT,
} from './registers.ts'

/** Rounds of a tenth of a second are given out together. */
const BURST_MS = 100
/** A conversion that is not done when it should be is looked at so often, a millisecond apart. */
const POLLS = 5
const POLL_MS = 1

export interface PacedAds1115Options {
  /** Converted one after the other in each round: one to four. */
  readonly inputs: readonly InputOptions[]
  /** From round to round, in ms. */
  readonly periodMs: number
  /** GPIO lines of a front end (AD8232: LO+ and LO−) that are high while an electrode is off. */
  readonly leadOffLines: readonly number[]
}

export interface PacedAds1115Deps {
  readonly device: I2cDevice
  /** Needed for lead-off lines only. */
  readonly gpio: GpioChip | undefined
  readonly clock: Clock
}

/**
 * ADS1115 that converts when it is told to, several inputs in turn, and needs no ALERT/RDY: this machine's clock sets
 * the pace. Each conversion is three transfers and 1.3 ms, some 2.7 ms on a bus of 100 kHz; the inputs of a round carry
 * the time of its first, though the fourth is 8 ms later. A round that could not begin within a period of its time is
 * told as a loss.
 */
export class PacedAds1115 implements StreamingSensor {
  readonly periodMs: number
  /** The pace is our own clock's. */
  readonly tolerance = 0.01
  readonly #options: PacedAds1115Options
  readonly #clock: Clock
  readonly #link: Ads1115Link
  readonly #leadOff: LeadOff | undefined
  #dueAt = 0
  #hasMissed = false

  constructor(options: PacedAds1115Options, { device, gpio, clock }: PacedAds1115Deps) {
    this.#options = options
    this.periodMs = options.periodMs
    this.#clock = clock
    this.#link = new Ads1115Link(device)
    this.#leadOff = gpio === undefined ? undefined : new LeadOff(options.leadOffLines, gpio)
  }

  /** @throws {SensorError} `WRONG_PART` when it does not look like one, or what was written does not read back */
  async open(): Promise<void> {
    await this.close()
    await this.#link.identify()
    await this.#leadOff?.open()
    const [first] = this.#options.inputs
    if (first !== undefined) await this.#link.configure(configOf(first))
    this.#dueAt = this.#clock.monotonic()
    this.#hasMissed = false
  }

  async drain(signal: AbortSignal): Promise<Burst> {
    const { inputs, periodMs } = this.#options
    const words = inputs.map((): number[] => [])
    let hasMissed = this.#hasMissed
    this.#hasMissed = false
    let newestAt = 0
    for (let length = 0; length < Math.max(1, Math.floor(BURST_MS / periodMs)); length++) {
      await this.#clock.sleepUntil(this.#dueAt as MonotonicMs, signal)
      const at = this.#clock.monotonic()
      if (at - this.#dueAt > periodMs) {
        this.#dueAt = at
        if (length > 0) {
          // What was converted before the loss goes out before it.
          this.#hasMissed = true
          break
        }
        hasMissed = true
      }
      for (const [place, input] of inputs.entries()) words[place]?.push(await this.#convert(input, signal))
      newestAt = at + CONVERSION_MS
      this.#dueAt += periodMs
    }
    const isOff = (await this.#leadOff?.wasOff()) ?? false
    const quantities = inputs.map((input, place): [string, Float64Array | 'probe-off'] => {
      const values = Float64Array.from(words[place] ?? [], (word) => toMicrovolts(word, input))
      return [input.quantity, isOff && input.hasLeadOff ? 'probe-off' : values]
    })
    return {
      length: words[0]?.length ?? 0,
      quantities: Object.fromEntries(quantities),
      newestAt: newestAt as MonotonicMs,
      lost: hasMissed ? 'ambiguous' : undefined,
    }
  }

  async close(): Promise<void> {
    await this.#leadOff?.close()
  }

  async #convert(input: InputOptions, signal: AbortSignal): Promise<number> {
    const config = configOf(input)
    await this.#link.write(Register.config, OS | config)
    await sleep(this.#clock, CONVERSION_MS, signal)
    for (let poll = 0; !(await this.#link.isIdle(config)); poll++) {
      if (poll === POLLS) throw new SensorError('a conversion does not end', { code: 'NO_CONVERSION' })
      await sleep(this.#clock, POLL_MS, signal)
    }
    return this.#link.read(Register.conversion)
  }
}

function configOf({ input, rangeV }: InputOptions): number {
  return INPUTS[input] | RANGES[rangeV] | SINGLE_SHOT | RATE_860_SPS | COMPARATOR_OFF
}
