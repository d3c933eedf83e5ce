import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { PolledSensor } from '../sensor.ts'
import { type Calibration, toCalibration } from './calibration.ts'
import { all, type Climate, toClimate, toCounts } from './convert.ts'
import {
  CALIBRATION_HIGH_BYTES,
  CALIBRATION_LOW_BYTES,
  DATA_BYTES,
  PART_NUMBER,
  Register,
  SETTINGS_BYTES,
  Settings,
  SettingsMask,
  SOFT_RESET,
  START_UP_MS,
  Status,
} from './registers.ts'

/** How often the chip is asked whether it has its trimming parameters, a start-up time apart. */
const ATTEMPTS = 5

export interface Bme280Deps {
  readonly device: I2cDevice
  /** For the wait after the reset; reads wait for nothing. */
  readonly clock: Clock
}

/** BME280 sensor of a room's climate. Owns no timer: the sampler decides when to read. */
export class Bme280 implements PolledSensor {
  readonly #device: I2cDevice
  readonly #clock: Clock
  #calibration: Calibration | undefined

  constructor({ device, clock }: Bme280Deps) {
    this.#device = device
    this.#clock = clock
  }

  /**
   * Identify the chip, reset it, so that a result from before is gone, and let it measure; takes 2 to 10 ms.
   *
   * @throws {SensorError} `WRONG_PART` when another chip answers at this address, `WRONG_MODE` with the
   *   status register when it does not come out of its reset
   */
  async open(signal: AbortSignal): Promise<void> {
    const got = await this.#device.readByte(Register.id)
    if (got !== PART_NUMBER) {
      throw new SensorError('no BME280 here', { code: 'WRONG_PART', want: PART_NUMBER, got })
    }
    await this.#device.writeByte(Register.reset, SOFT_RESET)
    await this.#untilCopied(signal)
    const low = await this.#device.readBlock(Register.calibrationLow, CALIBRATION_LOW_BYTES)
    const high = await this.#device.readBlock(Register.calibrationHigh, CALIBRATION_HIGH_BYTES)
    this.#calibration = toCalibration(low, high)
    await this.#configure()
  }

  /**
   * `temperature`, `humidity` and `pressure` of the latest measurement; missing until the first is complete.
   */
  async read(signal: AbortSignal): Promise<Climate> {
    const calibration = this.#calibration
    if (calibration === undefined || !(await this.#isAsSet())) {
      // It lost its power and came back between two reads.
      await this.open(signal)
      return all({ missing: 'not-yet' })
    }
    // Should it lose its power just here, this burst has the reset values.
    const bytes = await this.#device.readBlock(Register.data, DATA_BYTES)
    return toClimate(toCounts(bytes), calibration)
  }

  async close(): Promise<void> {}

  async #untilCopied(signal: AbortSignal): Promise<void> {
    let mode = 0
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await sleep(this.#clock, START_UP_MS, signal)
      mode = await this.#device.readByte(Register.status)
      if ((mode & Status.copying) === 0) return
    }
    throw new SensorError('the BME280 does not start', { code: 'WRONG_MODE', mode })
  }

  async #configure(): Promise<void> {
    // While it sleeps, since in normal mode a write to config may be ignored (§5.4.6); ctrl_meas last, since
    // only a write to it makes ctrl_hum effective (§5.4.3).
    await this.#device.writeByte(Register.config, Settings.config)
    await this.#device.writeByte(Register.controlHumidity, Settings.controlHumidity)
    await this.#device.writeByte(Register.controlMeasurement, Settings.controlMeasurement)
  }

  async #isAsSet(): Promise<boolean> {
    const settings = await this.#device.readBlock(Register.controlHumidity, SETTINGS_BYTES)
    const [controlHumidity = 0, , controlMeasurement = 0, config = 0] = settings
    return (
      (controlHumidity & SettingsMask.controlHumidity) === Settings.controlHumidity &&
      controlMeasurement === Settings.controlMeasurement &&
      (config & SettingsMask.config) === Settings.config
    )
  }
}
