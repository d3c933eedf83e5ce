import { Tmp117 } from '@hygeia/agent/drivers/tmp117/driver'
import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import { Tmp117Chip } from '@hygeia/agent/simulation/tmp117-chip'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const signal = new AbortController().signal

function bench(temperature: (at: MonotonicMs) => number | undefined = () => 33.5) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x48, new Tmp117Chip({ clock, temperature }))
  const driver = new Tmp117({ device: bus.device(0x48) })
  return { bus, driver, pass: (ms: number) => sleep(clock, ms, signal) }
}

/** A chip of constant registers. */
function chipHolding(registers: Record<number, number>): SimulatedI2cChip {
  let pointer = 0
  return {
    powerOn() {},
    powerOff() {},
    receive: ([register = 0]) => {
      pointer = register
      return true
    },
    transmit: () => Uint8Array.of((registers[pointer] ?? 0) >> 8, (registers[pointer] ?? 0) & 0xff),
  }
}

t.test('open refuses a chip that is not a TMP117', async (t) => {
  const bus = new SimulatedI2cBus({ number: 1 })
  // A TMP116 says 1116h, SBOS740A.
  bus.attach(0x48, chipHolding({ 15: 0x1116 }))
  const chip = new Tmp117({ device: bus.device(0x48) })
  await t.rejects(chip.open(), { code: 'WRONG_PART', detail: { want: 0x117, got: 0x116 } })
})

t.test('another revision of the part is still the part', async (t) => {
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x48, chipHolding({ 15: 0x1117 }))
  await t.resolves(new Tmp117({ device: bus.device(0x48) }).open())
})

t.test('a temperature is one of the steps of the chip', async (t) => {
  const { driver, pass } = bench(() => 33.5 + 3 / 128)
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), { temperature: { value: 33.5234375 } })
})

t.test('before the first conversion there is no value, not -256 °C', async (t) => {
  const { driver, pass } = bench()
  await driver.open()
  t.same(await driver.read(), { temperature: { missing: 'not-yet' } })
  // Eight conversions of 15.5 ms make the first result.
  await pass(8 * 15.5 - 1)
  t.same(await driver.read(), { temperature: { missing: 'not-yet' } })
  await pass(1)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
})

t.test('a result is given once: asked before the next conversion, there is none', async (t) => {
  const { driver, pass } = bench()
  await driver.open()
  await pass(600)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
  t.same(await driver.read(), { temperature: { missing: 'not-yet' } })
  await pass(500)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
})

t.test('a result from before open is not given', async (t) => {
  const { driver, pass } = bench()
  await driver.open()
  await pass(5_000)
  await driver.open()
  t.same(await driver.read(), { temperature: { missing: 'not-yet' } })
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
  await pass(1_000)
  t.same(await driver.read(), { temperature: { value: 33.5 } })
})

t.test('a chip that lost its power between two reads is set up again', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  bus.unplug(0x48)
  bus.replug(0x48)
  t.same(await driver.read(), { temperature: { missing: 'not-yet' } })
  await pass(200)
  t.same(await driver.read(), { temperature: { value: 33.5 } }, 'at our rate, not the 1 s of power-up')
})

t.test('a timeout is told as one', async (t) => {
  const { bus, driver } = bench()
  bus.trouble(0x48, 'timeout', 1)
  await t.rejects(driver.open(), { code: 'BUS_TIMEOUT' })
  await t.resolves(driver.open())
})
