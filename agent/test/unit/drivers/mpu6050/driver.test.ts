import { Mpu6050 } from '@hygeia/agent/drivers/mpu6050/driver'
import { type Acceleration, Mpu6050Chip, pushedUp } from '@hygeia/agent/simulation/mpu6050-chip'
import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const signal = new AbortController().signal
const GRAVITY = 9.80665
const NOT_YET = { movement: { missing: 'not-yet' } }
const AMBIGUOUS = { movement: { missing: 'ambiguous' } }
const twoG: Acceleration = () => [0, 0, 2]
const TWO_G = { movement: { value: GRAVITY } }

function bench(acceleration: Acceleration = twoG) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const bus = new SimulatedI2cBus({ number: 1 })
  const blocks: number[] = []
  const chip = new Mpu6050Chip({ clock, acceleration, onRead: (bytes) => blocks.push(bytes.length) })
  bus.attach(0x68, chip)
  const driver = new Mpu6050({ device: bus.device(0x68) })
  return { blocks, bus, chip, driver, pass: (ms: number) => sleep(clock, ms, signal) }
}

/** A DS3231: 19 registers, time as it was at 20:08 on the sixth day, and an address that wraps around. */
function ds3231(): SimulatedI2cChip & { readonly written: string[] } {
  const registers = [0x30, 0x08, 0x68, 0x06, 0x25, 0x11, 0x25, 0, 0, 0, 0, 0, 0, 0, 0x1c, 0x88, 0, 0x15, 0x40]
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
    transmit: (length) => Uint8Array.from({ length }, (_, index) => registers[(pointer + index) % 19] ?? 0),
  }
}

t.test('open refuses a clock at the same address, and writes nothing to it', async (t) => {
  const bus = new SimulatedI2cBus({ number: 1 })
  const clock = ds3231()
  bus.attach(0x68, clock)
  const driver = new Mpu6050({ device: bus.device(0x68) })
  await t.rejects(driver.open(), { code: 'WRONG_PART', detail: { want: 0x68 } })
  t.same(clock.written, [])
})

t.test('at the other address it is the same part', async (t) => {
  const { bus, chip } = bench()
  bus.attach(0x69, chip)
  await t.resolves(new Mpu6050({ device: bus.device(0x69) }).open())
})

t.test('movement is the mean since the last read', async (t) => {
  // From one second on, every other frame of 20 ms is at 2 g.
  const { driver, pass } = bench((at) => [0, 0, at > 1_000 && Math.round(at / 20) % 2 === 0 ? 2 : 1])
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), { movement: { value: 0 } }, 'rest is a value')
  await pass(1_000)
  t.same(await driver.read(), { movement: { value: GRAVITY / 2 } })
})

t.test('a simulated movement comes out as it went in, to the step of the chip', async (t) => {
  const { driver, pass } = bench(pushedUp(() => 0.25))
  await driver.open()
  await pass(1_000)
  const { movement } = await driver.read()
  const value = 'value' in movement ? movement.value : Number.NaN
  t.ok(Math.abs(value - 0.25) <= GRAVITY / 8192, `${value} m/s²`)
})

t.test('a second is 50 frames, read in blocks that a bus can carry', async (t) => {
  const { blocks, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), TWO_G)
  t.same(blocks, Array(10).fill(30))
  await pass(140)
  t.same(await driver.read(), TWO_G)
  t.same(blocks.slice(10), [30, 12], 'and the rest of seven')
})

t.test('without a frame there is no value, not that of an empty FIFO', async (t) => {
  const { blocks, driver, pass } = bench()
  await driver.open()
  t.same(await driver.read(), NOT_YET)
  await pass(19)
  t.same(await driver.read(), NOT_YET)
  await pass(1)
  t.same(await driver.read(), TWO_G)
  t.same(await driver.read(), NOT_YET, 'each frame is given once')
  t.same(blocks, [6], 'an empty FIFO is not read')
})

t.test('zeros, which the registers hold before the first sample, are no rest', async (t) => {
  const { driver, pass } = bench(() => [0, 0, 0])
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), NOT_YET)
})

t.test('movement from before open is not given', async (t) => {
  const { driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  await driver.open()
  t.same(await driver.read(), NOT_YET)
})

t.test('a FIFO that is full to its last whole frame is read', async (t) => {
  const { blocks, driver, pass } = bench()
  await driver.open()
  // 170 frames are 1020 of 1024 bytes.
  await pass(170 * 20)
  t.same(await driver.read(), TWO_G)
  t.equal(blocks.length, 34)
})

t.test('after an overflow it is not known what was lost, and it begins anew', async (t) => {
  for (const overflowMs of [171 * 20, 60_000]) {
    const { driver, pass } = bench()
    await driver.open()
    await pass(overflowMs)
    t.same(await driver.read(), AMBIGUOUS)
    t.same(await driver.read(), NOT_YET, 'the overflow is told once')
    await pass(1_000)
    t.same(await driver.read(), TWO_G, 'frames begin where they should')
  }
})

t.test('an overflow in the middle of a read is seen', async (t) => {
  const { bus, chip, pass } = bench()
  // The chip is asked for the count and then left alone until it overflows.
  let isSlow = false
  let isCounted = false
  bus.attach(0x69, {
    powerOn: () => chip.powerOn(),
    powerOff: () => chip.powerOff(),
    receive(bytes) {
      if (isSlow && bytes[0] === 0x72) isCounted = true
      return chip.receive(bytes)
    },
    transmit: (length) => chip.transmit(length),
  })
  const device = bus.device(0x69)
  const slow = new Mpu6050({
    device: {
      ...device,
      async readBlock(register, length) {
        if (isCounted) {
          isCounted = false
          await pass(200)
        }
        return device.readBlock(register, length)
      },
    },
  })
  await slow.open()
  await pass(165 * 20)
  isSlow = true
  t.same(await slow.read(), AMBIGUOUS)
})

t.test('an unplugged chip is an error, and reads again when it is back and was opened', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  bus.unplug(0x68)
  await t.rejects(driver.read(), { code: 'NACK', detail: { address: 0x68 } })
  await t.rejects(driver.open(), { code: 'NACK' })
  bus.replug(0x68)
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), TWO_G)
})

t.test('a chip that lost its power between two reads is set up again', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open()
  await pass(1_000)
  bus.unplug(0x68)
  bus.replug(0x68)
  await pass(1_000)
  t.same(await driver.read(), NOT_YET)
  await pass(1_000)
  t.same(await driver.read(), TWO_G, 'at our range and rate')
})

t.test('a chip that loses its power in the middle of a read gives no value', async (t) => {
  const { bus, chip, pass } = bench()
  let blocksLeft = Number.POSITIVE_INFINITY
  bus.attach(0x69, {
    powerOn: () => chip.powerOn(),
    powerOff: () => chip.powerOff(),
    receive(bytes) {
      if (bytes[0] === 0x74 && blocksLeft-- === 0) chip.powerOn()
      return chip.receive(bytes)
    },
    transmit: (length) => chip.transmit(length),
  })
  const driver = new Mpu6050({ device: bus.device(0x69) })
  await driver.open()
  await pass(1_000)
  blocksLeft = 3
  t.same(await driver.read(), NOT_YET)
  await pass(1_000)
  t.same(await driver.read(), TWO_G)
})

t.test('a timeout is told as one, and leaves no part of a frame behind', async (t) => {
  const { bus, driver, pass } = bench()
  bus.trouble(0x68, 'timeout', 1)
  await t.rejects(driver.open(), { code: 'BUS_TIMEOUT' })
  await driver.open()
  await pass(1_000)
  bus.trouble(0x68, 'timeout', 1)
  await t.rejects(driver.read(), { code: 'BUS_TIMEOUT' })
  await driver.open()
  await pass(1_000)
  t.same(await driver.read(), TWO_G)
})
