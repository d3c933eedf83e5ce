import { Mlx90614 } from '@hygeia/agent/drivers/mlx90614/driver'
import { pecOfRead } from '@hygeia/agent/drivers/mlx90614/pec'
import { Mlx90614Chip } from '@hygeia/agent/simulation/mlx90614-chip'
import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const signal = new AbortController().signal
const NOT_YET = { temperature: { missing: 'not-yet' }, ambient: { missing: 'not-yet' } }
// 3ad2h, the word of the datasheet's example, and 3adfh.
const MEASURED = { temperature: { value: 28.01 }, ambient: { value: 28.27 } }

function someTime() {
  return new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
}

function bench({
  address = 0x5a,
  object = (_at: MonotonicMs): number | undefined => 28.01,
  ambient = (_at: MonotonicMs): number | undefined => 28.27,
} = {}) {
  const clock = someTime()
  const bus = new SimulatedI2cBus({ number: 1 })
  const chip = new Mlx90614Chip({ address }, { clock, object, ambient })
  bus.attach(address, chip)
  const driver = new Mlx90614({ device: bus.device(address), clock })
  return { bus, chip, driver, pass: (ms: number) => sleep(clock, ms, signal) }
}

/** A driver for a chip of constant words; with good packet error codes, or with none. */
function driverOf(words: Record<number, number>, { address = 0x5a, hasPec = true, clock = someTime() } = {}) {
  let command = 0
  const chip: SimulatedI2cChip = {
    powerOn() {},
    powerOff() {},
    receive: ([first = 0]) => {
      command = first
      return true
    },
    transmit() {
      const word = words[command] ?? 0
      const [low, high] = [word & 0xff, word >> 8]
      return Uint8Array.of(low, high, hasPec ? pecOfRead(address, command, low, high) : 0xff)
    },
  }
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(address, chip)
  return new Mlx90614({ device: bus.device(address), clock })
}

t.test('open refuses a chip that sends no packet error codes', async (t) => {
  // Others that live at 5ah: a DRV2605 has 00h there.
  const chip = driverOf({ 46: 0x0000 }, { hasPec: false })
  const want = pecOfRead(0x5a, 0x2e, 0x00, 0x00)
  await t.rejects(chip.open(), { code: 'BAD_CHECKSUM', detail: { want, got: 0xff } })
})

t.test('open refuses a chip whose address is another, or that has no ID', async (t) => {
  const stranger = driverOf({ 46: 0xbe33, 60: 1 })
  await t.rejects(stranger.open(), { code: 'WRONG_PART', detail: { want: 0x5a, got: 0x33 } })
  const blank = driverOf({ 46: 0xbe5a, 60: 0xffff, 61: 0xffff, 62: 0xffff, 63: 0xffff })
  await t.rejects(blank.open(), { code: 'WRONG_PART', detail: { want: 0x5a, got: 0xffff } })
})

t.test('a chip of another address is read at that address', async (t) => {
  const { driver, pass } = bench({ address: 0x33 })
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), MEASURED)
  await t.resolves(driverOf({ 46: 0xbe5a, 60: 1 }, { address: 0x33 }).open(), 'until it is restarted')
})

t.test('temperatures are steps of the chip', async (t) => {
  const { driver, pass } = bench({ object: () => 36.605, ambient: () => -12.302 })
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), { temperature: { value: 36.61 }, ambient: { value: -12.31 } })
})

t.test('before the first result there is no value, not -273.15 °C', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  t.same(await bus.device(0x5a).readWord(0x07), 0, 'what the chip says')
  t.same(await driver.read(), NOT_YET)
  await pass(269)
  t.same(await driver.read(), NOT_YET)
  await pass(1)
  t.same(await driver.read(), MEASURED)
})

t.test('what RAM holds at once after open is not believed', async (t) => {
  const clock = someTime()
  const driver = driverOf({ 46: 0xbe5a, 60: 1, 6: 0x3adf, 7: 0x3ad2 }, { clock })
  await driver.open()
  t.same(await driver.read(), NOT_YET)
  await sleep(clock, 270, signal)
  t.same(await driver.read(), MEASURED)
})

t.test('an error of the chip is one of the quantity that it concerns', async (t) => {
  const { driver, pass } = bench({ object: (at) => (at < 2_000 ? undefined : 28.01) })
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), { ...MEASURED, temperature: { missing: 'sensor-error' } })
  await pass(1_000)
  t.same(await driver.read(), MEASURED)
})

t.test('an answer that was disturbed is an error and no temperature', async (t) => {
  const { chip, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  chip.disturb(1)
  const want = pecOfRead(0x5a, 0x06, 0xdf ^ 0x10, 0x3a)
  // The code on the wire is that of the answer before, cfh as seen by a logic analyser.
  await t.rejects(driver.read(), { code: 'BAD_CHECKSUM', detail: { want, got: 0xcf } })
  t.same(await driver.read(), MEASURED)
  chip.disturb(1)
  await t.rejects(driver.open(), { code: 'BAD_CHECKSUM' })
})

t.test('an unplugged chip is an error, and reads again when it is back and was opened', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  bus.unplug(0x5a)
  await t.rejects(driver.read(), { code: 'NACK', detail: { address: 0x5a } })
  await t.rejects(driver.open(), { code: 'NACK' })
  bus.replug(0x5a)
  await driver.open()
  t.same(await driver.read(), NOT_YET)
  await pass(1_000)
  t.same(await driver.read(), MEASURED)
})

t.test('a chip that lost its power just before a read has no value until it has measured', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  bus.unplug(0x5a)
  bus.replug(0x5a)
  t.same(await driver.read(), NOT_YET)
  await pass(269)
  t.same(await driver.read(), NOT_YET)
  await pass(1)
  t.same(await driver.read(), MEASURED)
})

t.test('a timeout is told as one', async (t) => {
  const { bus, driver } = bench()
  bus.trouble(0x5a, 'timeout', 1)
  await t.rejects(driver.open(), { code: 'BUS_TIMEOUT' })
  await t.resolves(driver.open())
  bus.trouble(0x5a, 'timeout', 1)
  await t.rejects(driver.read(), { code: 'BUS_TIMEOUT' })
})
