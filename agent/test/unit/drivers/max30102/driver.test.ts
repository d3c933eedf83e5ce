import { Max30102 } from '@hygeia/agent/drivers/max30102/driver'
import { Max30102Chip } from '@hygeia/agent/simulation/max30102-chip'
import type { Signal } from '@hygeia/agent/simulation/signal'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t, { type Test } from 'tap'

const { signal } = new AbortController()
const ADDRESS = 0x57
const INT = 4

interface Setting {
  readonly infrared?: Signal
  readonly red?: Signal
  readonly isBoardSwapped?: boolean
  readonly areLedsSwapped?: boolean
  readonly driverLine?: number | undefined
}

function bench(t: Test, setting: Setting = {}) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  const bus = new SimulatedI2cBus({ number: 1 })
  const { infrared = () => 120_000, red = () => 100_000 } = setting
  const blocks: number[] = []
  const chip = new Max30102Chip(
    { interruptLine: INT, areLedsSwapped: setting.isBoardSwapped ?? false, rate: 1 },
    { clock, gpio, infrared, red, onRead: (bytes) => blocks.push(bytes.length) },
  )
  bus.attach(ADDRESS, chip)
  t.teardown(() => chip.powerOff())
  const interruptLine = 'driverLine' in setting ? setting.driverLine : INT
  const driver = new Max30102(
    { interruptLine, areLedsSwapped: setting.areLedsSwapped ?? false },
    { device: bus.device(ADDRESS), gpio, clock },
  )
  return { blocks, bus, chip, clock, driver, pass: (ms: number) => sleep(clock, ms, signal) }
}

type Drained = Awaited<ReturnType<Max30102['drain']>>
const of = ({ quantities }: Drained, name: string) => {
  const values = quantities[name]
  return typeof values === 'object' ? [...values] : values
}

t.test('INT tells at 17 samples, read in blocks that a bus can carry', async (t) => {
  const { blocks, driver } = bench(t)
  await driver.open(signal)
  const burst = await driver.drain(signal)
  t.equal(burst.length, 17)
  t.equal(burst.newestAt, 170)
  t.same(of(burst, 'infrared'), Array(17).fill(120_000))
  t.same(of(burst, 'red'), Array(17).fill(100_000))
  t.same(blocks, [30, 30, 30, 12])
})

t.test('every sample is given once, in order', async (t) => {
  const { driver } = bench(t, { infrared: (at) => 100_000 + at })
  await driver.open(signal)
  const values: number[] = []
  for (let count = 0; count < 20; count++) {
    const infrared = of(await driver.drain(signal), 'infrared')
    if (typeof infrared === 'object') values.push(...infrared)
  }
  t.same(
    values,
    Array.from({ length: values.length }, (_, index) => 100_010 + 10 * index),
  )
  t.ok(values.length >= 340)
})

t.test('without an edge, or without a line, it is drained by time', async (t) => {
  for (const driverLine of [undefined, 26]) {
    const { driver } = bench(t, { driverLine })
    await driver.open(signal)
    const { length, lost } = await driver.drain(signal)
    t.ok(length >= 23 && length <= 24, `${length} samples in 240 ms`)
    t.equal(lost, undefined)
  }
})

t.test('a FIFO that ran over says so, with what it still has', async (t) => {
  const { driver, pass } = bench(t, { infrared: (at) => 100_000 + at })
  await driver.open(signal)
  await pass(1_005)
  const burst = await driver.drain(signal)
  t.equal(burst.lost, 'ambiguous')
  t.equal(burst.length, 32)
  t.same((of(burst, 'infrared') ?? []).at(-1), 101_000, 'the newest')
  t.equal((await driver.drain(signal)).lost, undefined, 'told once')
})

t.test('a FIFO that is exactly full is not taken for an empty one', async (t) => {
  const { driver, pass } = bench(t)
  await driver.open(signal)
  await pass(325)
  const { length, lost } = await driver.drain(signal)
  t.same([length, lost], [32, undefined])
})

t.test('no finger is no value', async (t) => {
  let hasFinger = false
  const { driver } = bench(t, {
    infrared: () => (hasFinger ? 120_000 : undefined),
    red: () => (hasFinger ? 100_000 : undefined),
  })
  await driver.open(signal)
  const { quantities } = await driver.drain(signal)
  t.same(quantities, { infrared: 'probe-off', red: 'probe-off' })
  hasFinger = true
  await driver.drain(signal)
  t.same(of(await driver.drain(signal), 'infrared'), Array(17).fill(120_000))
})

t.test('the LEDs are turned down for a pale finger, up for a dark one, never beyond 25 mA', async (t) => {
  for (const [counts, least, most] of [
    [250_000, 30_000, 225_000],
    [60_000, 75_000, 225_000],
  ] as const) {
    const { driver } = bench(t, { infrared: () => counts, red: () => counts })
    await driver.open(signal)
    for (let count = 0; count < 5; count++) await driver.drain(signal)
    const infrared = of(await driver.drain(signal), 'infrared')
    t.ok(
      typeof infrared === 'object' && infrared.every((value) => value > least && value < most),
      `${counts} at 7 mA`,
    )
  }
  const { bus, driver } = bench(t, { infrared: () => 51_000, red: () => 100 })
  await driver.open(signal)
  for (let count = 0; count < 5; count++) await driver.drain(signal)
  const red = await bus.device(ADDRESS).readByte(0x0c)
  t.ok(red > 35 && red <= 125, `${red} steps of 0.2 mA`)
})

t.test('more light than it can count is no value', async (t) => {
  const { driver } = bench(t, { infrared: () => 400_000 })
  await driver.open(signal)
  t.same(of(await driver.drain(signal), 'infrared'), Array(17).fill(Number.NaN))
})

t.test('a board with its LEDs swapped is put right when it is said to be one', async (t) => {
  const { driver } = bench(t, { isBoardSwapped: true, areLedsSwapped: true })
  await driver.open(signal)
  const burst = await driver.drain(signal)
  t.same(of(burst, 'infrared'), Array(17).fill(120_000))
  t.same(of(burst, 'red'), Array(17).fill(100_000))
})

t.test('open refuses another chip', async (t) => {
  const { bus, clock } = bench(t)
  bus.attach(0x56, {
    powerOn() {},
    powerOff() {},
    receive: () => true,
    transmit: (length) => new Uint8Array(length),
  })
  const options = { areLedsSwapped: false }
  const driver = new Max30102(options, { device: bus.device(0x56), gpio: undefined, clock })
  await t.rejects(driver.open(signal), { code: 'WRONG_PART', detail: { want: 0x15, got: 0 } })
})

t.test('an unplugged chip is an error, and samples again when it is back and was opened', async (t) => {
  const { bus, driver } = bench(t)
  await driver.open(signal)
  bus.unplug(ADDRESS)
  await t.rejects(driver.drain(signal), { code: 'NACK' })
  await t.rejects(driver.open(signal), { code: 'NACK' })
  bus.replug(ADDRESS)
  await driver.open(signal)
  t.same(of(await driver.drain(signal), 'infrared'), Array(17).fill(120_000))
})

t.test('a chip that lost its power in between gives nothing', async (t) => {
  const { bus, driver, pass } = bench(t)
  await driver.open(signal)
  await pass(100)
  bus.unplug(ADDRESS)
  bus.replug(ADDRESS)
  await t.rejects(driver.drain(signal), { code: 'RESTARTED' })
})

t.test('a timeout is told as one', async (t) => {
  const { bus, driver } = bench(t)
  await driver.open(signal)
  bus.trouble(ADDRESS, 'timeout', 1)
  await t.rejects(driver.drain(signal), { code: 'BUS_TIMEOUT' })
})
