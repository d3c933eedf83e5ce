import type { Reading } from '@hygeia/protocol/sample'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { PolledSensor } from '../sensor.ts'
import { NOT_YET_CONVERTED, swapped, toCelsius } from './convert.ts'
import { Configuration, PART_MASK, PART_NUMBER, Register } from './registers.ts'

const NOT_YET: Reading = { missing: 'not-yet' }

/** TMP117 digital thermometer. Owns no timer: the sampler decides when to read. */
export class Tmp117 implements PolledSensor {
  readonly #device: I2cDevice

  constructor({ device }: { device: I2cDevice }) {
    this.#device = device
  }

  /** @throws {SensorError} `WRONG_PART` when another chip answers at this address */
  async open(): Promise<void> {
    const got = (await this.#readRegister(Register.deviceId)) & PART_MASK
    if (got !== PART_NUMBER) {
      throw new SensorError('no TMP117 here', { code: 'WRONG_PART', want: PART_NUMBER, got })
    }
    await this.#configure()
  }

  /** `temperature`: the latest conversion; missing while none was completed since the last read. */
  async read(): Promise<{ readonly temperature: Reading }> {
    const configuration = await this.#readRegister(Register.configuration)
    if ((configuration & Configuration.settings) !== Configuration.everyHalfSecond) {
      // It lost its power and came back between two reads.
      await this.open()
      return { temperature: NOT_YET }
    }
    if ((configuration & Configuration.dataReady) === 0) return { temperature: NOT_YET }
    const word = await this.#readRegister(Register.temperature)
    return { temperature: word === NOT_YET_CONVERTED ? NOT_YET : { value: toCelsius(word) } }
  }

  async close(): Promise<void> {}

  async #configure(): Promise<void> {
    await this.#device.writeWord(Register.configuration, swapped(Configuration.everyHalfSecond))
    // Clears the flag of a result that was measured before: its age is not known.
    await this.#readRegister(Register.configuration)
  }

  async #readRegister(register: number): Promise<number> {
    return swapped(await this.#device.readWord(register))
  }
}
