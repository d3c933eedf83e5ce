import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GpioInputOptions } from '@hygeia/agent/hal/gpio'
import { openLinuxGpio } from '@hygeia/agent/hal/linux-gpio'
import t from 'tap'
import { until } from '../../support/until.ts'

type Arguments = readonly [gpio: number, direction: string, edge?: string, options?: object]

/** Stands for the native package: remembers what was asked of it. */
function fakePackage() {
  const opened: Arguments[] = []
  const log: string[] = []
  const line = { level: 0 as 0 | 1, reads: 0 }
  class Gpio {
    constructor(...options: Arguments) {
      if (options[0] === 999 + 512) throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' })
      opened.push(options)
    }
    read = async () => {
      line.reads++
      return line.level
    }
    write = async (level: number) => void log.push(`write ${level}`)
    unexport = () => void log.push('unexport')
  }
  return { opened, log, line, load: async () => ({ Gpio }) }
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
    [534, 'in', 'rising', { activeLow: true }],
    [529, 'high'],
    [539, 'low'],
  ])
})

/** The kernel tells an edge as a modification of the line's value. */
async function lineOf(root: string, options: GpioInputOptions) {
  const { line, load } = fakePackage()
  const gpio = await openLinuxGpio(await sysfsOf(root), load)
  const value = join(root, 'gpio534', 'value')
  await mkdir(join(root, 'gpio534'))
  await writeFile(value, '0\n')
  const input = await gpio.input(22, options)
  const levels: number[] = []
  const watch = input.watch((level) => levels.push(level))
  const change = async (level: 0 | 1) => {
    line.level = level
    await appendFile(value, `${level}\n`)
  }
  return { line, input, levels, watch, change }
}

t.test('edges are told until the watch is disposed', async (t) => {
  const { line, input, levels, watch, change } = await lineOf(t.testdir(), {
    edge: 'both',
    debounceMs: 0,
    isActiveLow: false,
  })
  await change(1)
  await until('the line is high', async () => levels.at(-1) === 1)
  t.equal(await input.read(), 1)
  await change(0)
  await until('the line is low', async () => levels.at(-1) === 0)
  watch[Symbol.dispose]()
  const { reads } = line
  await change(1)
  await input.read()
  t.equal(line.reads, reads + 1, 'nobody else reads it any more')
})

t.test('of a line that bounces, where it comes to rest is told', async (t) => {
  const { line, levels, watch, change } = await lineOf(t.testdir(), {
    edge: 'rising',
    debounceMs: 100,
    isActiveLow: true,
  })
  for (const level of [1, 0, 1, 0, 1] as const) await change(level)
  await until('a press was told', async () => levels.length > 0)
  t.same(levels, [1])
  await change(0)
  await until('the release was seen', async () => line.reads > 1)
  t.same(levels, [1], 'and is none')
  watch[Symbol.dispose]()
})

t.test('a pulse is told, however short it was', async (t) => {
  const { levels, watch, change } = await lineOf(t.testdir(), {
    edge: 'falling',
    debounceMs: 0,
    isActiveLow: false,
  })
  await change(1)
  await until('it was told', async () => levels.length > 0)
  t.equal(levels[0], 0)
  watch[Symbol.dispose]()
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
