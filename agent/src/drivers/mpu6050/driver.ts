import type { Reading } from '@hygeia/protocol/sample'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { PolledSensor } from '../sensor.ts'
import { toMovement } from './convert.ts'
import {
  ACCELEROMETER,
  AT_50_HZ,
  AWAKE,
  BLOCK_BYTES,
  FIFO_BYTES,
  FIFO_OVERFLOW,
  FRAME_BYTES,
  GYROSCOPE_OFF,
  LOW_PASS_21_HZ,
  PART_NUMBER,
  RANGE_4_G,
  Register,
  UserControl,
} from './registers.ts'

/** What a read has of the chip: movement in `m/s2`, or why there is none. */
export type Movement = { readonly movement: Reading }

const NOT_YET: Movement = { movement: { missing: 'not-yet' } }
const AMBIGUOUS: Movement = { movement: { missing: 'ambiguous' } }

/**
 * MPU-6050, of which the accelerometer is used. Owns no timer: the chip samples by itself and keeps 3.4 s,
 * the sampler decides when to take them.
 */
export class Mpu6050 implements PolledSensor {
  readonly #device: I2cDevice

  constructor({ device }: { device: I2cDevice }) {
    this.#device = device
  }

  /**
   * Identify the chip, wake it and begin with an empty FIFO. Nothing is written before it is known: a DS3231
   * clock has the same address.
   *
   * @throws {SensorError} `WRONG_PART` when another chip answers at this address
   */
  async open(): Promise<void> {
    const got = await this.#device.readByte(Register.whoAmI)
    if (got !== PART_NUMBER) {
      throw new SensorError('no MPU-6050 here', { code: 'WRONG_PART', want: PART_NUMBER, got })
    }
    await this.#device.writeByte(Register.powerManagement1, AWAKE)
    await this.#device.writeByte(Register.powerManagement2, GYROSCOPE_OFF)
    await this.#device.writeByte(Register.config, LOW_PASS_21_HZ)
    await this.#device.writeByte(Register.sampleRateDivider, AT_50_HZ)
    await this.#device.writeByte(Register.accelerometerConfig, RANGE_4_G)
    await this.#device.writeByte(Register.fifoEnable, ACCELEROMETER)
    await this.#device.writeByte(Register.interruptEnable, FIFO_OVERFLOW)
    await this.#restartFifo()
  }

  /** `movement` since the last read; missing when there was none since, or when a part of it was lost. */
  async read(): Promise<Movement> {
    const frames = await this.#drain()
    // Afterwards, so that a loss of power or an overflow in the middle of it is seen, too.
    if (!(await this.#isAsSet())) {
      await this.open()
      return NOT_YET
    }
    const status = await this.#device.readByte(Register.interruptStatus)
    if ((status & FIFO_OVERFLOW) !== 0) {
      // Its size is no multiple of a frame's: it is not known where the next frame begins.
      await this.#restartFifo()
      return AMBIGUOUS
    }
    const value = toMovement(frames)
    return value === undefined ? NOT_YET : { movement: { value } }
  }

  async close(): Promise<void> {}

  /** Every whole frame of the FIFO; one that is being written stays. */
  async #drain(): Promise<Uint8Array> {
    const [high = 0, low = 0] = await this.#device.readBlock(Register.fifoCount, 2)
    const held = Math.min((high << 8) | low, FIFO_BYTES)
    const frames = new Uint8Array(held - (held % FRAME_BYTES))
    for (let at = 0; at < frames.length; at += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, frames.length - at)
      frames.set(await this.#device.readBlock(Register.fifo, length), at)
    }
    return frames
  }

  async #isAsSet(): Promise<boolean> {
    const [userControl, powerManagement1] = await this.#device.readBlock(Register.userControl, 2)
    return userControl === UserControl.fifoOn && powerManagement1 === AWAKE
  }

  async #restartFifo(): Promise<void> {
    await this.#device.writeByte(Register.userControl, UserControl.fifoOff)
    await this.#device.writeByte(Register.userControl, UserControl.fifoReset)
    // Clears what is known of an overflow before.
    await this.#device.readByte(Register.interruptStatus)
    await this.#device.writeByte(Register.userControl, UserControl.fifoOn)
  }
}
