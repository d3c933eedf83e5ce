import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HalError } from './errors.ts'

/** Where sysfs shows the chips and their lines. */
export const GPIO_ROOT = '/sys/class/gpio'

/**
 * Number that the kernel gave to line 0 of a GPIO chip: 0 before Linux 6.6 on a Raspberry Pi, 512 since.
 *
 * @param label - the chip's label, `pinctrl-bcm2835` up to Pi 3, `pinctrl-bcm2711` on Pi 4
 * @param root - where sysfs shows the chips
 * @throws {HalError} `GPIO_CHIP_MISSING`
 */
export async function gpioBase(label: string, root = GPIO_ROOT): Promise<number> {
  const entries = await readdir(root).catch(() => [])
  const found: string[] = []
  for (const entry of entries.filter((name) => /^gpiochip\d+$/.test(name)).sort()) {
    const chipLabel = (await readFile(join(root, entry, 'label'), 'utf8')).trim()
    if (chipLabel === label) return Number((await readFile(join(root, entry, 'base'), 'utf8')).trim())
    found.push(chipLabel)
  }
  throw new HalError(`no GPIO chip is labelled ${label}`, { code: 'GPIO_CHIP_MISSING', label, found })
}
