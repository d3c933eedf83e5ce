import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gpioBase } from '@hygeia/agent/hal/gpio-base'
import t from 'tap'

// As /sys/class/gpio looks on a Pi 3B with Linux 6.6: the expander's lines come after the SoC's.
async function sysfs(root: string) {
  for (const [name, label, base] of [
    ['gpiochip512', 'pinctrl-bcm2835', '512'],
    ['gpiochip566', 'raspberrypi-exp-gpio', '566'],
  ] as const) {
    await mkdir(join(root, name))
    await writeFile(join(root, name, 'label'), `${label}\n`)
    await writeFile(join(root, name, 'base'), `${base}\n`)
  }
  await writeFile(join(root, 'export'), '')
}

t.test('the base is that of the chip with the label', async (t) => {
  const root = t.testdir()
  await sysfs(root)
  t.equal(await gpioBase('pinctrl-bcm2835', root), 512)
  t.equal(await gpioBase('raspberrypi-exp-gpio', root), 566)
})

t.test('an unknown label is refused with the labels that there are', async (t) => {
  const root = t.testdir()
  await sysfs(root)
  await t.rejects(gpioBase('pinctrl-bcm2711', root), {
    code: 'GPIO_CHIP_MISSING',
    detail: { label: 'pinctrl-bcm2711', found: ['pinctrl-bcm2835', 'raspberrypi-exp-gpio'] },
  })
})

t.test('a machine without sysfs GPIO has no chip', async (t) => {
  await t.rejects(gpioBase('pinctrl-bcm2835', '/nonexistent'), { code: 'GPIO_CHIP_MISSING' })
})
