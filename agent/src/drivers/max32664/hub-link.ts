import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import { type Command, Status } from './registers.ts'

/** A busy hub is asked again this often, each time with twice the delay (UG6806 Rev 3 table 5, 0xfe). */
const ATTEMPTS = 4

/**
 * The hub's command protocol: a write of family byte, index byte and data, a pause, a read of the status byte
 * and the answer.
 *
 * @see Maxim UG6806 Rev 3, "I2C Write" and "I2C Read"
 */
export class HubLink {
  readonly #device: I2cDevice
  readonly #clock: Clock

  constructor({ device, clock }: { device: I2cDevice; clock: Clock }) {
    this.#device = device
    this.#clock = clock
  }

  /**
   * Send one command.
   *
   * @param data - the command's write bytes
   * @param answerBytes - how many bytes the answer has after its status byte
   * @throws {HalError} when a transfer fails
   * @throws {SensorError} `COMMAND_REFUSED` with the status the hub gave
   */
  async ask(
    command: Command,
    { data = [], answerBytes = 0 }: { data?: Iterable<number>; answerBytes?: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { family, index, delayMs } = command
    const request = Uint8Array.of(family, index, ...data)
    let status = 0
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await this.#device.exclusively(async (transfers) => {
        await transfers.write(request)
        await sleep(this.#clock, delayMs * 2 ** attempt, signal)
        return transfers.read(1 + answerBytes)
      })
      status = answer[0] ?? 0
      if (status === Status.success) return answer.subarray(1)
      if (status !== Status.tryAgain) break
    }
    throw new SensorError('the hub refused', { code: 'COMMAND_REFUSED', family, index, status })
  }

  /** A command whose answer is one byte. */
  async askByte(command: Command, signal: AbortSignal): Promise<number> {
    const [byte = 0] = await this.ask(command, { answerBytes: 1 }, signal)
    return byte
  }
}
