import { Max30102Chip } from '@hygeia/agent/simulation/max30102-chip'
import type { Signal } from '@hygeia/agent/simulation/signal'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t, { type Test } from 'tap'
import { NEVER } from '../../support/line.ts'

// Every expectation is of Maxim 19-7740 rev. 1, by its register map.
const ADDRESS = 0x57
const INT = 22
/** SpO2 mode, 100 samples a second, 7 mA each. */
const SETUP: readonly (readonly [register: number, value: number])[] = [
  [0x0a, 0x27],
  [0x0c, 35],
  [0x0d, 35],
]

interface Setting {
  readonly infrared?: Signal
  readonly areLedsSwapped?: boolean
}

async function bench(t: Test, { infrared = () => 120_000, areLedsSwapped = false }: Setting = {}) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  const bus = new SimulatedI2cBus({ number: 1 })
  const options = { interruptLine: INT, rate: 1, areLedsSwapped }
  const chip = new Max30102Chip(options, { clock, gpio, infrared, red: () => 100_000 })
  bus.attach(ADDRESS, chip)
  t.teardown(() => chip.powerOff())
  const device = bus.device(ADDRESS)
  for (const [register, value] of SETUP) await device.writeByte(register, value)
  return {
    bus,
    device,
    gpio,
    pass: (samples: number) => sleep(clock, 10 * samples + 1, NEVER),
    pointers: async () => [...(await device.readBlock(0x04, 3))],
    async run(fifo: number) {
      await device.writeByte(0x08, fifo)
      await device.writeByte(0x09, 0x03)
    },
  }
}

t.test('after power-up it says PWR_RDY and who it is', async (t) => {
  const { device, gpio } = await bench(t)
  t.equal(await device.readByte(0xff), 0x15)
  t.equal(gpio.level(INT), 0, 'PWR_RDY cannot be disabled')
  t.equal(await device.readByte(0x00), 0x01)
  t.equal(gpio.level(INT), 1, 'reading the status lets go of INT')
  t.equal(await device.readByte(0x00), 0)
})

t.test(
  'a sample is three bytes of red and three of infrared, and reading it moves the read pointer',
  async (t) => {
    const { device, pass, pointers, run } = await bench(t)
    await run(0x10)
    await pass(2)
    t.same(await pointers(), [2, 0, 0])
    const [r2 = 0, r1 = 0, r0 = 0, i2 = 0, i1 = 0, i0 = 0] = await device.readBlock(0x07, 6)
    t.equal((r2 << 16) | (r1 << 8) | r0, 100_000)
    t.equal((i2 << 16) | (i1 << 8) | i0, 120_000)
    t.same(await pointers(), [2, 0, 1])
  },
)

t.test('a full FIFO counts what it loses, and rolls over only when told to', async (t) => {
  const rolling = await bench(t, { infrared: (at) => at })
  await rolling.run(0x10)
  await rolling.pass(40)
  t.same(await rolling.pointers(), [8, 8, 8], 'the oldest eight are gone')
  const [, , , high = 0, middle = 0, low = 0] = await rolling.device.readBlock(0x07, 6)
  t.equal((high << 16) | (middle << 8) | low, 90, 'the ninth is the oldest')
  t.equal((await rolling.pointers())[1], 0, 'reading clears the counter')

  const staying = await bench(t, { infrared: (at) => at })
  await staying.run(0x00)
  await staying.pass(80)
  t.same(await staying.pointers(), [0, 31, 0], 'the counter ends at 31')
  const first = await staying.device.readBlock(0x07, 6)
  t.equal(first[5], 10, 'the first is still there')
})

t.test('A_FULL tells when so many places are left as FIFO_A_FULL says, once', async (t) => {
  const { device, gpio, pass, run } = await bench(t)
  await device.readByte(0x00)
  await device.writeByte(0x02, 0x80)
  await run(0x1f)
  await pass(16)
  t.equal(gpio.level(INT), 1)
  await pass(1)
  t.equal(gpio.level(INT), 0, '15 of 32 are left')
  t.equal(await device.readByte(0x00), 0x80)
  t.equal(gpio.level(INT), 1)
})

t.test(
  'light grows with the LED’s current up to full scale, and an LED that is off gives none',
  async (t) => {
    const { device, pass, run } = await bench(t)
    await device.writeByte(0x0c, 0)
    await device.writeByte(0x0d, 255)
    await run(0x10)
    await pass(1)
    t.same([...(await device.readBlock(0x07, 6))], [0, 0, 0, 0x03, 0xff, 0xff])
  },
)

t.test('on a swapped board the first LED is the infrared one', async (t) => {
  const { device, pass, run } = await bench(t, { areLedsSwapped: true })
  await run(0x10)
  await pass(1)
  const [high = 0, middle = 0, low = 0] = await device.readBlock(0x07, 3)
  t.equal((high << 16) | (middle << 8) | low, 120_000)
})

t.test('a reset forgets everything, and an unplugged chip does not answer', async (t) => {
  const { bus, device, pass, pointers, run } = await bench(t)
  await run(0x10)
  await pass(3)
  await device.writeByte(0x09, 0x40)
  t.equal(await device.readByte(0x09), 0)
  t.equal(await device.readByte(0x0a), 0)
  t.same(await pointers(), [0, 0, 0])
  bus.unplug(ADDRESS)
  await t.rejects(device.readByte(0xff), { code: 'NACK' })
})
