import { Ads1115Chip } from '@hygeia/agent/simulation/ads1115-chip'
import type { Signal } from '@hygeia/agent/simulation/signal'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t, { type Test } from 'tap'
import { NEVER } from '../../support/line.ts'

// Every expectation is of TI SBAS444E §8.1, by its register map.
const ADDRESS = 0x49
const RDY = 5

function bench(t: Test, inputs: readonly Signal[] = [() => 1, () => 2, () => -1, () => 3]) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  const bus = new SimulatedI2cBus({ number: 1 })
  let lost = 0
  const onLost = () => lost++
  const chip = new Ads1115Chip({ readyLine: RDY, rate: 1 }, { clock, gpio, inputs, onLost })
  bus.attach(ADDRESS, chip)
  t.teardown(() => chip.powerOff())
  const device = bus.device(ADDRESS)
  const read = async (register: number) => {
    const [high = 0, low = 0] = await device.readBlock(register, 2)
    return (high << 8) | low
  }
  const write = (register: number, word: number) =>
    device.writeBlock(register, Uint8Array.of(word >> 8, word & 0xff))
  return { bus, device, gpio, read, write, pass: (ms: number) => sleep(clock, ms, NEVER), lost: () => lost }
}

t.test('registers after power-up', async (t) => {
  const { read } = bench(t)
  t.same([await read(0), await read(1), await read(2), await read(3)], [0, 0x8583, 0x8000, 0x7fff])
})

t.test('a single conversion takes its time, and OS tells when it is over', async (t) => {
  const { pass, read, write } = bench(t)
  // AIN0 against ground, ±4.096 V, single, 128 SPS.
  await write(1, 0xc383)
  t.equal(await read(1), 0x4383, 'under way')
  await pass(7)
  t.equal(await read(1), 0x4383)
  await pass(1)
  t.equal(await read(1), 0xc383)
  t.equal(await read(0), 8_000, '1 V at 125 µV')
  await pass(100)
  t.equal(await read(1), 0xc383, 'and no other')
})

t.test('each input by its bits, each range by its size of a count', async (t) => {
  const { pass, read, write } = bench(t)
  const convert = async (mux: number, pga: number) => {
    await write(1, 0x8000 | (mux << 12) | (pga << 9) | 0x0100 | 0x00e0 | 3)
    await pass(2)
    return read(0)
  }
  t.same(
    [await convert(4, 1), await convert(5, 1), await convert(6, 1), await convert(7, 1)],
    [8_000, 16_000, 0x10000 - 8_000, 24_000],
  )
  t.equal(await convert(4, 0), 5_333, '187.5 µV')
  t.equal(await convert(4, 2), 16_000, '62.5 µV')
  t.equal(await convert(5, 2), 32_000)
  t.equal(await convert(7, 2), 0x7fff, 'what is too much is full scale')
  t.equal(await convert(6, 5), 0x8000, 'either way')
})

t.test(
  'continuously it converts at its rate, and tells of each only with the thresholds for it',
  async (t) => {
    const { gpio, pass, read, write } = bench(t)
    let edges = 0
    gpio.listen(RDY, (level) => {
      if (level === 0) edges++
    })
    await write(1, 0x42a0)
    await pass(101)
    t.equal(edges, 0, 'thresholds of the comparator')
    t.equal(await read(0), 8_000)
    await write(2, 0x0000)
    await write(3, 0x8000)
    await write(1, 0x42a0)
    await pass(101)
    t.equal(edges, 25, '250 a second')
    await write(1, 0x42a3)
    await pass(101)
    t.equal(edges, 25, 'COMP_QUE 11 keeps it quiet')
  },
)

t.test('an unplugged chip does not answer, and comes back as after power-up', async (t) => {
  const { bus, read, write } = bench(t)
  await write(2, 0x1234)
  bus.unplug(ADDRESS)
  await t.rejects(read(1), { code: 'NACK' })
  bus.replug(ADDRESS)
  t.equal(await read(2), 0x8000)
})

t.test('it holds one conversion, and the next takes its place', async (t) => {
  const { pass, read, write, lost } = bench(t)
  // Continuous, 250 SPS; read between two conversions.
  await write(1, 0x42a3)
  await pass(5)
  await read(0)
  await pass(4)
  await read(0)
  t.equal(lost(), 0, 'each was read in time')
  await pass(12)
  t.equal(lost(), 2, 'of three, the last is held')
  await read(0)
  await pass(4)
  t.equal(lost(), 2)
  await write(1, 0x42a3)
  await pass(4)
  t.equal(lost(), 2, 'what belongs to an earlier setting is not missed')
})
