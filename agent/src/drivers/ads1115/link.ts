import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import { OS, POWER_UP_THRESHOLDS, READY_THRESHOLDS, Register } from './registers.ts'

/** The registers of an ADS1115: words, the high byte first. */
export class Ads1115Link {
  readonly #device: I2cDevice

  constructor(device: I2cDevice) {
    this.#device = device
  }

  async read(register: number): Promise<number> {
    const word = await this.#device.readWord(register)
    return ((word & 0xff) << 8) | (word >> 8)
  }

  async write(register: number, word: number): Promise<void> {
    await this.#device.writeWord(register, ((word & 0xff) << 8) | (word >> 8))
  }

  /**
   * The chip has no identity. Its thresholds read as after power-up or as we set them, which those of an LM75 or TMP117
   * at the same address never do. Nothing is written.
   *
   * @throws {SensorError} `WRONG_PART` when they do not
   */
  async identify(): Promise<void> {
    const low = await this.read(Register.lowThreshold)
    const high = await this.read(Register.highThreshold)
    const isKnown = [POWER_UP_THRESHOLDS, READY_THRESHOLDS].some(
      (one) => one.low === low && one.high === high,
    )
    if (!isKnown) throw wrongPart(POWER_UP_THRESHOLDS.high, high)
  }

  /** @throws {SensorError} `WRONG_PART` when the configuration is not kept */
  async configure(config: number): Promise<void> {
    await this.write(Register.config, config)
    const got = await this.read(Register.config)
    if ((got & ~OS) !== (config & ~OS)) throw wrongPart(config, got)
  }

  /**
   * A chip that lost its power reads zeros, and tells of nothing: neither is a value.
   *
   * @param config - as it was set @returns whether no conversion is under way
   * @throws {SensorError} `RESTARTED`
   */
  async isIdle(config: number): Promise<boolean> {
    const got = await this.read(Register.config)
    if ((got & ~OS) !== (config & ~OS)) {
      throw new SensorError('the ADS1115 lost its set-up', { code: 'RESTARTED' })
    }
    return (got & OS) !== 0
  }
}

function wrongPart(want: number, got: number): SensorError {
  return new SensorError('no ADS1115 here', { code: 'WRONG_PART', want, got })
}
