import type { GpioChip } from './gpio.ts'
import type { I2cBus } from './i2c.ts'

/** The machine's pins, real or simulated: each bus and the GPIO chip is opened once and shared. */
export interface Hal {
  /** @throws {HalError} `PACKAGE_MISSING` or `BUS_UNAVAILABLE` */
  i2c(bus: number): Promise<I2cBus>
  /** @throws {HalError} `PACKAGE_MISSING` or `GPIO_CHIP_MISSING` */
  gpio(): Promise<GpioChip>
  /** Gives back every bus and line. */
  close(): Promise<void>
}
