import type { Machine } from './machine.ts'
import { isYes, type Terminal } from './terminal.ts'

export const BUS = '/dev/i2c-1'
const RASPI_CONFIG = '/usr/bin/raspi-config'

/** Switch on the bus that sensors are wired to; off is how Raspberry Pi OS comes. */
export async function switchOnI2c(machine: Machine, terminal: Terminal): Promise<void> {
  if (machine.has(BUS)) return terminal.say(`I2C        ${BUS} is there`)
  if (!machine.has(RASPI_CONFIG)) {
    return terminal.say(
      'I2C        is off, and this is no Raspberry Pi OS: switch it on as this system does\n' +
        '           (on a Raspberry Pi: dtparam=i2c_arm=on in /boot/firmware/config.txt, then restart)',
    )
  }
  if (!(await isYes(terminal, 'I2C, which sensors are wired to, is off. Switch it on?'))) return
  await machine.run(RASPI_CONFIG, ['nonint', 'do_i2c', '0'])
  terminal.say(machine.has(BUS) ? 'I2C        switched on' : 'I2C        is on after the next restart')
}
