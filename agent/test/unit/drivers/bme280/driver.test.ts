import { Bme280 } from '@hygeia/agent/drivers/bme280/driver'
import { Bme280Chip } from '@hygeia/agent/simulation/bme280-chip'
import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import type { Reading } from '@hygeia/protocol/sample'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t, { type Test } from 'tap'

const signal = new AbortController().signal
const NOT_YET = { missing: 'not-yet' }
const NOTHING_YET = { temperature: NOT_YET, humidity: NOT_YET, pressure: NOT_YET }
/** The longest that one measurement of each takes, BST-BME280-DS002 §9.1. */
const MEASURING_MS = 1.25 + 2.3 + (2.3 + 0.575) + (2.3 + 0.575)

interface Room {
  readonly temperature: number
  readonly humidity: number
  readonly pressure: number
}
const ROOM: Room = { temperature: 21.5, humidity: 45, pressure: 1013.25 }

function bench(room: (at: MonotonicMs) => Room = () => ROOM) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const bus = new SimulatedI2cBus({ number: 1 })
  const reads: string[] = []
  const chip = new Bme280Chip({
    clock,
    temperature: (at) => room(at).temperature,
    humidity: (at) => room(at).humidity,
    pressure: (at) => room(at).pressure,
    onRead: (bytes) => reads.push(Buffer.from(bytes).toString('hex')),
  })
  bus.attach(0x76, chip)
  const driver = new Bme280({ device: bus.device(0x76), clock })
  return { bus, chip, clock, driver, reads, pass: (ms: number) => sleep(clock, ms, signal) }
}

/** A chip of constant registers, which keeps what it is sent. */
function chipHolding(registers: Record<number, number>): SimulatedI2cChip & { readonly written: string[] } {
  let pointer = 0
  const written: string[] = []
  return {
    written,
    powerOn() {},
    powerOff() {},
    receive: (bytes) => {
      pointer = bytes[0] ?? 0
      if (bytes.length > 1) written.push(Buffer.from(bytes).toString('hex'))
      return true
    },
    transmit: (length) => Uint8Array.from({ length }, (_, index) => registers[pointer + index] ?? 0),
  }
}

const measured = (reading: Reading) => ('value' in reading ? reading.value : Number.NaN)

function near(t: Test, value: number, wanted: number, tolerance: number): void {
  t.ok(Math.abs(value - wanted) <= tolerance, `${value} is ${wanted} ± ${tolerance}`)
}

/** At ×1 one step is 0.005 °C, 2.62 Pa (tables 9 and 10) and 0.008 %. */
function isRoom(t: Test, climate: Awaited<ReturnType<Bme280['read']>>, room = ROOM): void {
  near(t, measured(climate.temperature), room.temperature, 0.005)
  near(t, measured(climate.humidity), room.humidity, 0.008)
  near(t, measured(climate.pressure), room.pressure, 0.0262)
}

t.test('open refuses a BMP280, and writes nothing to it', async (t) => {
  const { bus, clock } = bench()
  const bmp280 = chipHolding({ 208: 0x58 })
  bus.attach(0x77, bmp280)
  const driver = new Bme280({ device: bus.device(0x77), clock })
  await t.rejects(driver.open(signal), { code: 'WRONG_PART', detail: { want: 0x60, got: 0x58 } })
  t.same(bmp280.written, [])
})

t.test('a chip that never ends its start-up is an error, not a blank trimming', async (t) => {
  const { bus, clock } = bench()
  bus.attach(0x77, chipHolding({ 208: 0x60, 243: 0x01 }))
  const driver = new Bme280({ device: bus.device(0x77), clock })
  await t.rejects(driver.open(signal), { code: 'WRONG_MODE', detail: { mode: 1 } })
})

t.test('the wait for the start-up ends with its signal', async (t) => {
  const { driver } = bench()
  const abort = new AbortController()
  abort.abort()
  await t.rejects(driver.open(abort.signal), { name: 'AbortError' })
})

t.test('a room is what it is, from cold to hot', async (t) => {
  const rooms = [
    ROOM,
    { temperature: -10, humidity: 80, pressure: 1040 },
    { temperature: 0, humidity: 5, pressure: 850 },
    { temperature: 45, humidity: 95, pressure: 960.5 },
  ]
  for (const room of rooms) {
    const { driver, pass } = bench(() => room)
    await driver.open(signal)
    await pass(1_000)
    isRoom(t, await driver.read(signal), room)
  }
})

t.test('before the first measurement there is no value, not that of the reset', async (t) => {
  const { driver, pass } = bench()
  await driver.open(signal)
  t.same(await driver.read(signal), NOTHING_YET)
  await pass(MEASURING_MS - 0.01)
  t.same(await driver.read(signal), NOTHING_YET)
  await pass(0.02)
  isRoom(t, await driver.read(signal))
})

t.test('each second has a new measurement, read in one burst', async (t) => {
  const warming = (at: MonotonicMs) => ({ ...ROOM, temperature: 20 + at / 1_000 })
  const { driver, pass, reads } = bench(warming)
  await driver.open(signal)
  await pass(1_000)
  const first = measured((await driver.read(signal)).temperature)
  await pass(1_000)
  const second = measured((await driver.read(signal)).temperature)
  // Cycles of 509.3 ms: the second read is two after the first.
  near(t, second - first, 1.0186, 0.006)
  t.equal(reads.length, 2)
})

t.test('a result from before open is not given', async (t) => {
  const { driver, pass } = bench()
  await driver.open(signal)
  await pass(5_000)
  await driver.open(signal)
  t.same(await driver.read(signal), NOTHING_YET)
})

t.test('an unplugged chip is an error, and reads again when it is back and was opened', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open(signal)
  await pass(1_000)
  bus.unplug(0x76)
  await t.rejects(driver.read(signal), { code: 'NACK', detail: { address: 0x76 } })
  await t.rejects(driver.open(signal), { code: 'NACK' })
  bus.replug(0x76)
  await driver.open(signal)
  await pass(1_000)
  isRoom(t, await driver.read(signal))
})

t.test('a chip that lost its power between two reads is set up again', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open(signal)
  await pass(1_000)
  bus.unplug(0x76)
  bus.replug(0x76)
  await pass(1_000)
  t.same(await driver.read(signal), NOTHING_YET)
  await pass(10)
  isRoom(t, await driver.read(signal))
})

t.test('a chip that loses its power in the middle of a read gives no value', async (t) => {
  const { bus, chip, clock, pass } = bench()
  let isCut = false
  bus.attach(0x77, {
    powerOn: () => chip.powerOn(),
    powerOff: () => chip.powerOff(),
    receive(bytes) {
      if (isCut && bytes[0] === 0xf7) chip.powerOn()
      return chip.receive(bytes)
    },
    transmit: (length) => chip.transmit(length),
  })
  const driver = new Bme280({ device: bus.device(0x77), clock })
  await driver.open(signal)
  await pass(1_000)
  isRoom(t, await driver.read(signal))
  isCut = true
  t.same(await driver.read(signal), NOTHING_YET)
  isCut = false
  t.same(await driver.read(signal), NOTHING_YET, 'now it is set up again')
  await pass(10)
  isRoom(t, await driver.read(signal))
})

t.test('a read before any open sets the chip up', async (t) => {
  const { driver, pass } = bench()
  t.same(await driver.read(signal), NOTHING_YET)
  await pass(10)
  isRoom(t, await driver.read(signal))
})

t.test('a timeout is told as one', async (t) => {
  const { bus, driver } = bench()
  bus.trouble(0x76, 'timeout', 1)
  await t.rejects(driver.open(signal), { code: 'BUS_TIMEOUT' })
  await t.resolves(driver.open(signal))
  bus.trouble(0x76, 'timeout', 1)
  await t.rejects(driver.read(signal), { code: 'BUS_TIMEOUT' })
})
