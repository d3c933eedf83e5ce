import type { Reading } from '@hygeia/protocol/sample'
import type { Clock } from '@hygeia/runtime/clock'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { PolledSensor } from '../sensor.ts'
import { toCelsius, toWord } from './convert.ts'
import {
  ALARM_LIMIT,
  ALARM_LIMIT_MASK,
  CONFIGURATION,
  CONVERSION_MS,
  Register,
  type ResolutionBits,
} from './registers.ts'

const NOT_YET: Reading = { missing: 'not-yet' }

export interface Lm75Options {
  readonly resolutionBits: ResolutionBits
}

export interface Lm75Deps {
  readonly device: I2cDevice
  readonly clock: Clock
}

/**
 * LM75 digital thermometer and its kin, the TMP105 among them. Owns no timer: the sampler decides when to read.
 *
 * Nothing in the chip tells that a conversion is complete, and reading an LM75 starts the conversion under way
 * anew (SNIS153B, note to "Temperature conversion time"): asked often enough, it would never finish one. So the
 * chip is left alone for the length of a conversion after every transfer.
 */
export class Lm75 implements PolledSensor {
  readonly #options: Lm75Options
  readonly #device: I2cDevice
  readonly #clock: Clock
  /** From when on the result was measured after the latest transfer. */
  #convertedAt = Number.POSITIVE_INFINITY

  constructor(options: Lm75Options, { device, clock }: Lm75Deps) {
    this.#options = options
    this.#device = device
    this.#clock = clock
  }

  /**
   * The chip has no identity: what keeps the settings of one passes for it.
   *
   * @throws {SensorError} `WRONG_PART` when a register does not keep what is written to it
   */
  async open(): Promise<void> {
    const configuration = CONFIGURATION[this.#options.resolutionBits]
    await this.#device.writeByte(Register.configuration, configuration)
    refuseUnless(configuration, await this.#device.readByte(Register.configuration))
    await this.#device.writeBlock(Register.alarmLimit, Uint8Array.of(ALARM_LIMIT >> 8, ALARM_LIMIT & 0xff))
    refuseUnless(ALARM_LIMIT, (await this.#readRegister(Register.alarmLimit)) & ALARM_LIMIT_MASK)
    this.#leaveAlone()
  }

  /** `temperature`: the latest conversion; missing while none was completed since the last read. */
  async read(): Promise<{ readonly temperature: Reading }> {
    if (this.#clock.monotonic() < this.#convertedAt) return { temperature: NOT_YET }
    const { resolutionBits } = this.#options
    const word = await this.#readRegister(Register.temperature)
    // Only now: power lost before this instant shows here, so it cannot have been lost before the result.
    const configuration = await this.#device.readByte(Register.configuration)
    if (configuration !== CONFIGURATION[resolutionBits]) {
      // It lost its power and came back between two reads.
      await this.open()
      return { temperature: NOT_YET }
    }
    this.#leaveAlone()
    return { temperature: { value: toCelsius(word, resolutionBits) } }
  }

  async close(): Promise<void> {}

  #leaveAlone(): void {
    this.#convertedAt = this.#clock.monotonic() + CONVERSION_MS[this.#options.resolutionBits]
  }

  async #readRegister(register: number): Promise<number> {
    return toWord(await this.#device.readBlock(register, 2))
  }
}

function refuseUnless(want: number, got: number): void {
  if (got !== want) throw new SensorError('no LM75 here', { code: 'WRONG_PART', want, got })
}
