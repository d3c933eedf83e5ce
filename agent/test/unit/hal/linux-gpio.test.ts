import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLinuxGpio } from '@hygeia/agent/hal/linux-gpio'
import type { EdgeCallback } from 'onoff'
import t from 'tap'

type Arguments = readonly [gpio: number, direction: string, edge?: string, options?: object]

/** Stands for the native package: remembers what was asked of it. */
function fakePackage() {
  const opened: Arguments[] = []
  const log: string[] = []
  const callbacks = new Set<EdgeCallback>()
  class Gpio {
    constructor(...options: Arguments) {
      if (options[0] === 999 + 512) throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' })
      opened.push(options)
    }
    read = async () => 1 as const
    write = async (level: number) => void log.push(`write ${level}`)
    watch = (callback: EdgeCallback) => void callbacks.add(callback)
    unwatch = (callback: EdgeCallback) => void callbacks.delete(callback)
    unexport = () => void log.push('unexport')
  }
  return { opened, log, callbacks, load: async () => ({ Gpio }) }
}

async function sysfsOf(root: string) {
  await mkdir(join(root, 'gpiochip512'))
  await writeFile(join(root, 'gpiochip512', 'label'), 'pinctrl-bcm2835\n')
  await writeFile(join(root, 'gpiochip512', 'base'), '512\n')
  return { label: 'pinctrl-bcm2835', root }
}

t.test('BCM numbers become the numbers of the kernel', async (t) => {
  const { opened, load } = fakePackage()
  const gpio = await openLinuxGpio(await sysfsOf(t.testdir()), load)
  await gpio.input(22, { edge: 'rising', debounceMs: 30, isActiveLow: true })
  await gpio.output(17, 1)
  await gpio.output(27, 0)
  t.same(opened, [
    [534, 'in', 'rising', { debounceTimeout: 30, activeLow: true }],
    [529, 'high'],
    [539, 'low'],
  ])
})

t.test('edges are told until the watch is disposed', async (t) => {
  const { callbacks, load } = fakePackage()
  const gpio = await openLinuxGpio(await sysfsOf(t.testdir()), load)
  const input = await gpio.input(22, { edge: 'both', debounceMs: 0, isActiveLow: false })
  t.equal(await input.read(), 1)
  const levels: number[] = []
  const watch = input.watch((level) => levels.push(level))
  for (const callback of callbacks) callback(null, 1)
  for (const callback of callbacks) callback(new Error('poll'), 0)
  t.same(levels, [1], 'an error has no level')
  watch[Symbol.dispose]()
  t.equal(callbacks.size, 0)
})

t.test('closing gives every line back once', async (t) => {
  const { log, load } = fakePackage()
  const gpio = await openLinuxGpio(await sysfsOf(t.testdir()), load)
  const reset = await gpio.output(17, 0)
  await gpio.output(27, 1)
  await reset.write(1)
  await reset.close()
  await gpio.close()
  t.same(log, ['write 1', 'unexport', 'unexport'])
})

t.test('a line that the kernel denies is named', async (t) => {
  const { load } = fakePackage()
  const gpio = await openLinuxGpio(await sysfsOf(t.testdir()), load)
  await t.rejects(gpio.output(999, 0), { code: 'GPIO_FAULT', detail: { line: 999, errno: 'EINVAL' } })
})
