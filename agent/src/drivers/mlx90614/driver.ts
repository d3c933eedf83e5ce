import type { Reading } from '@hygeia/protocol/sample'
import type { Clock } from '@hygeia/runtime/clock'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { PolledSensor } from '../sensor.ts'
import { isResult, toReading } from './convert.ts'
import { pecOfRead } from './pec.ts'
import { BLANK, Eeprom, FACTORY_ADDRESS, FIRST_RESULT_MS, Ram } from './registers.ts'

const NOT_YET: Reading = { missing: 'not-yet' }

export interface Mlx90614Deps {
  readonly device: I2cDevice
  readonly clock: Clock
}

/** What an MLX90614 tells: of what it looks at, and of itself. */
export type IrTemperatures = {
  readonly temperature: Reading
  readonly ambient: Reading
}

/** MLX90614 infrared thermometer. Owns no timer: the sampler decides when to read. */
export class Mlx90614 implements PolledSensor {
  readonly #device: I2cDevice
  readonly #clock: Clock
  /** When a chip that was powered up just before `open` has its first result. */
  #hasResultAt = Number.POSITIVE_INFINITY

  constructor({ device, clock }: Mlx90614Deps) {
    this.#device = device
    this.#clock = clock
  }

  /**
   * Nothing is set up: the chip measures from power-up on, as its EEPROM tells it to.
   *
   * @throws {SensorError} `BAD_CHECKSUM` when an answer does not check, as with a chip that sends no packet
   *   error codes; `WRONG_PART` when the EEPROM holds another address than one the chip can have, or no ID
   */
  async open(): Promise<void> {
    const { address } = this.#device
    const got = (await this.#readWord(Eeprom.address)) & 0xff
    // The address of the factory when it was given back to the chip, which needs its power cut to take it.
    if (got !== address && got !== FACTORY_ADDRESS) throw wrongPart(address, got)

    const id: number[] = []
    for (const command of Eeprom.id) id.push(await this.#readWord(command))
    if (id.every((word) => word === BLANK)) throw wrongPart(address, BLANK)
    this.#hasResultAt = this.#clock.monotonic() + FIRST_RESULT_MS
  }

  /**
   * `temperature` of what is in view and `ambient` of the chip, as last calculated; missing until the first.
   *
   * @throws {SensorError} `BAD_CHECKSUM` when an answer was disturbed on its way
   */
  async read(): Promise<IrTemperatures> {
    const ambient = await this.#readWord(Ram.ambient)
    const object = await this.#readWord(Ram.object)
    if (this.#clock.monotonic() < this.#hasResultAt) return { temperature: NOT_YET, ambient: NOT_YET }
    if (!isResult(ambient) || !isResult(object)) {
      // It lost its power and came back between two reads.
      await this.open()
      return { temperature: NOT_YET, ambient: NOT_YET }
    }
    return { temperature: toReading(object), ambient: toReading(ambient) }
  }

  async close(): Promise<void> {}

  async #readWord(command: number): Promise<number> {
    const [low = 0, high = 0, got = 0] = await this.#device.readBlock(command, 3)
    const want = pecOfRead(this.#device.address, command, low, high)
    if (got !== want) throw new SensorError('an answer does not check', { code: 'BAD_CHECKSUM', want, got })
    return low | (high << 8)
  }
}

function wrongPart(want: number, got: number): SensorError {
  return new SensorError('no MLX90614 here', { code: 'WRONG_PART', want, got })
}
