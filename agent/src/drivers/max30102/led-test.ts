import type { I2cDevice } from '../../hal/i2c.ts'
import { LED1_ALONE, Mode, Register, SPO2_100_HZ_18_BITS } from './registers.ts'

/**
 * Light the LED of the first slot alone, by the datasheet the red one, until the test is disposed of.
 *
 * Which of the two is red can be seen, and nothing else tells it for certain: red light is visible, infrared light is
 * not, or hardly.
 *
 * @param device - that of a chip that was identified
 * @throws {HalError} when it does not answer
 */
export async function lightFirstLed(device: I2cDevice): Promise<AsyncDisposable> {
  await device.writeByte(Register.spo2Config, SPO2_100_HZ_18_BITS)
  await device.writeBlock(Register.ledCurrents, LED1_ALONE)
  await device.writeByte(Register.mode, Mode.spo2)
  return { [Symbol.asyncDispose]: () => device.writeByte(Register.mode, Mode.reset) }
}
