import type { GpioChip } from './gpio.ts'
import type { Hal } from './hal.ts'
import type { I2cBus } from './i2c.ts'
import { type LinuxGpioOptions, openLinuxGpio } from './linux-gpio.ts'
import { openLinuxI2c } from './linux-i2c.ts'

/** The pins of this machine; buses and the GPIO chip are opened when first asked for. */
export function linuxHal(gpio: LinuxGpioOptions): Hal {
  const buses = new Map<number, Promise<I2cBus>>()
  let chip: Promise<GpioChip> | undefined
  return {
    async i2c(bus) {
      const opening = buses.get(bus) ?? openLinuxI2c(bus)
      buses.set(bus, opening)
      // A bus that could not be had is asked for again next time: its overlay may be loaded later.
      opening.catch(() => buses.delete(bus))
      return opening
    },
    async gpio() {
      chip ??= openLinuxGpio(gpio)
      chip.catch(() => {
        chip = undefined
      })
      return chip
    },
    async close() {
      const opened = await Promise.allSettled([...buses.values(), ...(chip === undefined ? [] : [chip])])
      for (const one of opened) if (one.status === 'fulfilled') await one.value.close()
    },
  }
}
