import { Lm75 } from '@hygeia/agent/drivers/lm75/driver'
import { Lm75Chip } from '@hygeia/agent/simulation/lm75-chip'
import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const signal = new AbortController().signal
const NOT_YET = { temperature: { missing: 'not-yet' } }

function someTime() {
  return new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
}

function bench({
  part = 'lm75' as 'lm75' | 'tmp105',
  resolutionBits = 9 as 9 | 12,
  temperature = (_at: MonotonicMs): number | undefined => 33.5,
} = {}) {
  const clock = someTime()
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x48, new Lm75Chip({ part }, { clock, temperature }))
  const device = bus.device(0x48)
  const driver = new Lm75({ resolutionBits }, { device, clock })
  return { bus, device, driver, pass: (ms: number) => sleep(clock, ms, signal) }
}

/** A chip of constant registers, a byte in each, as seen by a driver of nine bits. */
function driverOf(registers: Record<number, readonly number[]>) {
  let pointer = 0
  const chip: SimulatedI2cChip = {
    powerOn() {},
    powerOff() {},
    receive: ([register = 0]) => {
      pointer = register
      return true
    },
    transmit: (length) => {
      const bytes = new Uint8Array(length)
      bytes.set((registers[pointer] ?? []).slice(0, length))
      return bytes
    },
  }
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x48, chip)
  return new Lm75({ resolutionBits: 9 }, { device: bus.device(0x48), clock: someTime() })
}

t.test('open refuses a chip that does not keep its configuration', async (t) => {
  await t.rejects(driverOf({}).open(), { code: 'WRONG_PART', detail: { want: 0x18, got: 0x00 } })
  // A TMP117 answers with the high byte of its own, SNOSD82D §7.6.
  const tmp117 = driverOf({ 1: [0x02, 0x20], 3: [0x80, 0x00] })
  await t.rejects(tmp117.open(), { code: 'WRONG_PART', detail: { want: 0x18, got: 0x02 } })
})

t.test('open refuses a chip that does not keep its limit, or keeps nothing above it zero', async (t) => {
  const stuck = driverOf({ 1: [0x18], 3: [0x50, 0x00] })
  await t.rejects(stuck.open(), { code: 'WRONG_PART', detail: { want: 0x5080, got: 0x5000 } })
  const reserved = driverOf({ 1: [0xf8], 3: [0x50, 0x80] })
  await t.rejects(reserved.open(), { code: 'WRONG_PART', detail: { want: 0x18, got: 0xf8 } })
})

t.test('an LM75 is refused where twelve bits are configured', async (t) => {
  const { driver } = bench({ part: 'lm75', resolutionBits: 12 })
  await t.rejects(driver.open(), { code: 'WRONG_PART', detail: { want: 0x78, got: 0x18 } })
})

t.test('a temperature is one of the steps of the chip', async (t) => {
  for (const [part, resolutionBits, value] of [
    ['lm75', 9, 36.5],
    ['tmp105', 9, 36.5],
    ['tmp105', 12, 36.6875],
  ] as const) {
    const { driver, pass } = bench({ part, resolutionBits, temperature: () => 36.69 })
    await driver.open()
    await pass(1_000)
    t.same(await driver.read(), { temperature: { value } }, `${part} of ${resolutionBits} bits`)
  }
})

t.test('below zero is below zero', async (t) => {
  const { driver, pass } = bench({ temperature: () => -5.5 })
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), { temperature: { value: -5.5 } })
})

t.test('before the first conversion there is no value, not 0 °C', async (t) => {
  for (const [part, resolutionBits, conversionMs] of [
    ['lm75', 9, 300],
    ['tmp105', 12, 320],
  ] as const) {
    const { device, driver, pass } = bench({ part, resolutionBits })
    await driver.open()
    t.match(await device.readBlock(0x00, 1), [0], `a ${part} says 0 °C`)
    t.same(await driver.read(), NOT_YET)
    await driver.open()
    await pass(conversionMs - 1)
    t.same(await driver.read(), NOT_YET)
    await pass(1)
    t.same(await driver.read(), { temperature: { value: 33.5 } })
  }
})

t.test('a result is given once: asked before the next conversion, there is none', async (t) => {
  const { driver, pass } = bench()
  await driver.open()
  await pass(600)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
  t.same(await driver.read(), NOT_YET)
  await pass(500)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
})

t.test('asked more often than it converts, an LM75 still converts', async (t) => {
  const { driver, pass } = bench({ temperature: (at) => (at < 600 ? 30 : 31) })
  await driver.open()
  const seen: unknown[] = []
  for (let read = 0; read < 12; read++) {
    await pass(100)
    const { temperature } = await driver.read()
    seen.push('value' in temperature ? temperature.value : temperature.missing)
  }
  const none = ['not-yet', 'not-yet']
  t.same(seen, [...none, 30, ...none, 31, ...none, 31, ...none, 31])
})

t.test('a result from before open is not given', async (t) => {
  const { driver, pass } = bench({ part: 'tmp105', resolutionBits: 12 })
  await driver.open()
  await pass(5_000)
  await driver.open()
  t.same(await driver.read(), NOT_YET)
})

t.test('an unplugged chip is an error, and reads again when it is back and was opened', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  bus.unplug(0x48)
  await t.rejects(driver.read(), { code: 'NACK', detail: { address: 0x48 } })
  await t.rejects(driver.open(), { code: 'NACK' })
  bus.replug(0x48)
  await driver.open()
  t.same(await driver.read(), NOT_YET)
  await pass(1_000)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
})

t.test('a chip that lost its power between two reads is set up again', async (t) => {
  for (const [part, resolutionBits, conversionMs, value] of [
    ['lm75', 9, 300, 36.5],
    ['tmp105', 12, 320, 36.6875],
  ] as const) {
    const { bus, driver, pass } = bench({ part, resolutionBits, temperature: () => 36.69 })
    await driver.open()
    await pass(1_000)
    bus.unplug(0x48)
    bus.replug(0x48)
    t.same(await driver.read(), NOT_YET)
    await pass(conversionMs - 1)
    t.same(await driver.read(), NOT_YET)
    await pass(1)
    t.same(await driver.read(), { temperature: { value } }, 'of our bits, not the nine of power-up')
  }
})

t.test('a chip that something put to sleep is set up again', async (t) => {
  const { device, driver, pass } = bench()
  await driver.open()
  await device.writeByte(0x01, 0x19)
  await pass(1_000)
  t.same(await driver.read(), NOT_YET)
  await pass(300)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
})

t.test('a timeout is told as one', async (t) => {
  const { bus, driver, pass } = bench()
  bus.trouble(0x48, 'timeout', 1)
  await t.rejects(driver.open(), { code: 'BUS_TIMEOUT' })
  await t.resolves(driver.open())
  await pass(1_000)
  bus.trouble(0x48, 'timeout', 1)
  await t.rejects(driver.read(), { code: 'BUS_TIMEOUT' })
})
