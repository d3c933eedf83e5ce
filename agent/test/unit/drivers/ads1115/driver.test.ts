import { Ads1115, type Ads1115Options } from '@hygeia/agent/drivers/ads1115/driver'
import type { GpioChip } from '@hygeia/agent/hal/gpio'
import { Ads1115Chip } from '@hygeia/agent/simulation/ads1115-chip'
import { Lm75Chip } from '@hygeia/agent/simulation/lm75-chip'
import type { Signal } from '@hygeia/agent/simulation/signal'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t, { type Test } from 'tap'

const { signal } = new AbortController()
const ADDRESS = 0x49
const INPUT = {
  quantity: 'voltage',
  input: 'a0',
  rangeV: 4.096,
  frontEnd: { gain: 1, offsetUv: 0 },
  hasLeadOff: true,
} as const
const [READY, LO_PLUS, LO_MINUS] = [5, 6, 13]

function bench(
  t: Test,
  volts: Signal = () => 2,
  input: Partial<Ads1115Options['input']> = {},
  readyLine = READY,
) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  gpio.drive(LO_PLUS, 0)
  gpio.drive(LO_MINUS, 0)
  const bus = new SimulatedI2cBus({ number: 1 })
  const chip = new Ads1115Chip({ readyLine: READY, rate: 1 }, { clock, gpio, inputs: [volts, () => 1] })
  bus.attach(ADDRESS, chip)
  t.teardown(() => chip.powerOff())
  const driver = new Ads1115(
    {
      input: { ...INPUT, ...input },
      readyLine,
      leadOffLines: [LO_PLUS, LO_MINUS],
    },
    { device: bus.device(ADDRESS), gpio, clock },
  )
  return { bus, chip, clock, driver, gpio }
}

const voltagesOf = ({ quantities }: Awaited<ReturnType<Ads1115['drain']>>): readonly unknown[] => {
  const { voltage } = quantities
  return typeof voltage === 'object' ? [...voltage] : [voltage]
}

t.test('a tenth of a second is 25 conversions, told with the time of the newest', async (t) => {
  const { driver } = bench(t)
  await driver.open()
  const burst = await driver.drain(signal)
  t.ok(burst.length >= 24 && burst.length <= 25, `${burst.length}`)
  t.ok(burst.newestAt > 92 && burst.newestAt <= 100, `${burst.newestAt} ms`)
  t.equal(burst.lost, undefined)
  t.same(new Set(voltagesOf(burst)), new Set([2_000_000]))
})

t.test('a front end is taken out: 1 mV at the body', async (t) => {
  // 1.65 V and 100 times 1 mV.
  const { driver } = bench(t, () => 1.75, { frontEnd: { gain: 100, offsetUv: 1_650_000 } })
  await driver.open()
  t.same(new Set(voltagesOf(await driver.drain(signal))), new Set([1_000]))
})

t.test('what is beyond the range is no value', async (t) => {
  const { driver } = bench(t, () => 4.2)
  await driver.open()
  t.same(new Set(voltagesOf(await driver.drain(signal))), new Set([Number.NaN]))
})

t.test('the range is the input’s: a count is a part of its full scale', async (t) => {
  for (const [rangeV, volts, least] of [
    [6.144, 5, 187.5],
    [2.048, 1, 62.5],
    [0.256, 0.1, 7.8125],
  ] as const) {
    const { driver } = bench(t, () => volts, { rangeV })
    await driver.open()
    const [value] = voltagesOf(await driver.drain(signal)) as number[]
    t.ok(Math.abs((value ?? 0) - volts * 1e6) <= least / 2, `${value} µV`)
    const { driver: clipped } = bench(t, () => rangeV + 0.01, { rangeV })
    await clipped.open()
    t.same(new Set(voltagesOf(await clipped.drain(signal))), new Set([Number.NaN]))
  }
})

t.test('an electrode that is off, even for a moment, makes the stretch none of the body', async (t) => {
  for (const line of [LO_PLUS, LO_MINUS]) {
    const { driver, gpio } = bench(t)
    await driver.open()
    gpio.drive(line, 1)
    t.same(voltagesOf(await driver.drain(signal)), ['probe-off'])
    t.same(voltagesOf(await driver.drain(signal)), ['probe-off'], 'as long as it is off')
    const draining = driver.drain(signal)
    gpio.drive(line, 0)
    t.same(voltagesOf(await draining), ['probe-off'])
    t.same(new Set(voltagesOf(await driver.drain(signal))), new Set([2_000_000]))
    gpio.drive(line, 1)
    gpio.drive(line, 0)
    t.same(voltagesOf(await driver.drain(signal)), ['probe-off'], 'for a moment')
  }
})

t.test('open refuses a chip whose thresholds are not its own, and writes nothing to it', async (t) => {
  const { clock, gpio } = bench(t)
  const bus = new SimulatedI2cBus({ number: 2 })
  bus.attach(0x48, new Lm75Chip({ part: 'lm75' }, { clock, temperature: () => 20 }))
  const options = { input: INPUT, readyLine: 7, leadOffLines: [] }
  const driver = new Ads1115(options, { device: bus.device(0x48), gpio, clock })
  // LM75 after power-up: hysteresis 75 °C, threshold 80 °C.
  const before = await bus.device(0x48).readWord(0x03)
  await t.rejects(driver.open(), { code: 'WRONG_PART' })
  t.equal(await bus.device(0x48).readWord(0x03), before)
})

t.test('an unplugged chip is an error, and samples again when it is back and was opened', async (t) => {
  const { bus, driver } = bench(t)
  await driver.open()
  await driver.drain(signal)
  bus.unplug(ADDRESS)
  await t.rejects(driver.drain(signal), { code: 'NACK' })
  await t.rejects(driver.open(), { code: 'NACK' })
  bus.replug(ADDRESS)
  await driver.open()
  t.same(new Set(voltagesOf(await driver.drain(signal))), new Set([2_000_000]))
})

t.test('a chip that lost its power in between gives none of its zeros', async (t) => {
  const { bus, driver } = bench(t)
  await driver.open()
  bus.unplug(ADDRESS)
  bus.replug(ADDRESS)
  await t.rejects(driver.drain(signal), { code: 'RESTARTED' })
  await driver.open()
  t.same(new Set(voltagesOf(await driver.drain(signal))), new Set([2_000_000]))
})

t.test('a timeout is told as one', async (t) => {
  const { bus, driver } = bench(t)
  await driver.open()
  bus.trouble(ADDRESS, 'timeout', 1)
  await t.rejects(driver.drain(signal), { code: 'BUS_TIMEOUT' })
  t.same(new Set(voltagesOf(await driver.drain(signal))), new Set([2_000_000]))
})

t.test('a line that is not connected is told of, after a second', async (t) => {
  const { driver } = bench(t, () => 2, {}, 26)
  await driver.open()
  let bursts = 0
  const drainAll = async () => {
    for (; ; bursts++) t.equal((await driver.drain(signal)).length, 0)
  }
  await t.rejects(drainAll(), { code: 'NO_INTERRUPT' })
  t.equal(bursts, 10)
})

t.test('edges that were not told, as when the machine is busy, make a loss', async (t) => {
  const { bus, clock, gpio } = bench(t)
  let isBusy = false
  const deaf: GpioChip = {
    output: (line, initial) => gpio.output(line, initial),
    close: () => gpio.close(),
    async input(line, options) {
      const input = await gpio.input(line, options)
      return { ...input, watch: (onEdge) => input.watch((level) => (isBusy ? undefined : onEdge(level))) }
    },
  }
  const options = { input: INPUT, readyLine: READY, leadOffLines: [] }
  const driver = new Ads1115(options, { device: bus.device(ADDRESS), gpio: deaf, clock })
  await driver.open()
  t.equal((await driver.drain(signal)).lost, undefined)
  const draining = driver.drain(signal)
  await sleep(clock, 60, signal)
  isBusy = true
  const burst = await draining
  t.ok(burst.length < 20, `${burst.length} of 25`)
  t.equal(burst.lost, 'ambiguous')
})
