import { PacedAds1115, type PacedAds1115Options } from '@hygeia/agent/drivers/ads1115/paced'
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
const LO_PLUS = 6
const bare = { gain: 1, offsetUv: 0 }
const ECG = { quantity: 'a0', input: 'a0', rangeV: 4.096, frontEnd: bare, hasLeadOff: true } as const
const BELT = { ...ECG, quantity: 'a2', input: 'a2', rangeV: 2.048, hasLeadOff: false } as const

interface Setting extends Partial<PacedAds1115Options> {
  readonly volts?: readonly Signal[]
  readonly rate?: number
}

function bench(t: Test, { volts = [() => 2, () => 0, () => 1], rate = 1, ...options }: Setting = {}) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  gpio.drive(LO_PLUS, 0)
  const bus = new SimulatedI2cBus({ number: 1 })
  const chip = new Ads1115Chip({ rate }, { clock, gpio, inputs: volts })
  bus.attach(ADDRESS, chip)
  t.teardown(() => chip.powerOff())
  const driver = new PacedAds1115(
    { inputs: [ECG, BELT], periodMs: 10, leadOffLines: [LO_PLUS], ...options },
    { device: bus.device(ADDRESS), gpio, clock },
  )
  return { bus, clock, driver, gpio }
}

type Drained = Awaited<ReturnType<PacedAds1115['drain']>>
const of = ({ quantities }: Drained, name: string): unknown[] => {
  const values = quantities[name]
  return typeof values === 'object' ? [...values] : [values]
}

t.test('inputs are converted in turn, each in its range, at an even pace', async (t) => {
  const { driver } = bench(t)
  await driver.open()
  const first = await driver.drain(signal)
  t.equal(first.length, 10)
  t.same(of(first, 'a0'), Array(10).fill(2_000_000))
  t.same(of(first, 'a2'), Array(10).fill(1_000_000))
  const second = await driver.drain(signal)
  t.equal(Math.round(second.newestAt - first.newestAt), 100)
  t.equal(second.lost, undefined)
})

t.test('one input needs no line at all', async (t) => {
  const { driver } = bench(t, { inputs: [{ ...ECG, quantity: 'voltage' }], periodMs: 5, leadOffLines: [] })
  await driver.open()
  t.same(of(await driver.drain(signal), 'voltage'), Array(20).fill(2_000_000))
})

t.test('each value is one of its own time', async (t) => {
  const { driver } = bench(t, { volts: [(at) => at / 1_000], inputs: [ECG] })
  await driver.open()
  const values = [
    ...of(await driver.drain(signal), 'a0'),
    ...of(await driver.drain(signal), 'a0'),
  ] as number[]
  const steps = values.slice(1).map((value, index) => Math.round((value - (values[index] ?? 0)) / 1_000))
  t.same(new Set(steps), new Set([10]), 'ms from one to the next')
})

t.test('an electrode that is off is told of the ECG, and not of the belt', async (t) => {
  const { driver, gpio } = bench(t)
  await driver.open()
  gpio.drive(LO_PLUS, 1)
  const burst = await driver.drain(signal)
  t.same(of(burst, 'a0'), ['probe-off'])
  t.same(of(burst, 'a2'), Array(10).fill(1_000_000))
})

t.test('a chip as slow as it may be is waited for, and one that never ends is at fault', async (t) => {
  const { driver } = bench(t, { rate: 0.8 })
  await driver.open()
  t.same(of(await driver.drain(signal), 'a0'), Array(10).fill(2_000_000))
  const { driver: stuck } = bench(t, { rate: 0.01 })
  await stuck.open()
  await t.rejects(stuck.drain(signal), { code: 'NO_CONVERSION' })
})

t.test('rounds that could not begin in time are told as a loss, after what came before it', async (t) => {
  const { clock, driver } = bench(t)
  await driver.open()
  await driver.drain(signal)
  await sleep(clock, 55, signal)
  const burst = await driver.drain(signal)
  t.equal(burst.lost, 'ambiguous')
  t.equal(burst.length, 10)
  t.equal((await driver.drain(signal)).lost, undefined)
})

t.test('a transfer that takes long ends the burst, and the next begins with the loss', async (t) => {
  const { bus, clock, gpio } = bench(t)
  const device = bus.device(ADDRESS)
  let writes = 0
  const slow = {
    ...device,
    async writeWord(register: number, word: number) {
      // Once to open, and then one for each value.
      if (++writes === 5) await sleep(clock, 30, signal)
      await device.writeWord(register, word)
    },
  }
  const options = { inputs: [ECG], periodMs: 10, leadOffLines: [] }
  const driver = new PacedAds1115(options, { device: slow, gpio, clock })
  await driver.open()
  const first = await driver.drain(signal)
  t.equal(first.length, 4)
  t.equal(first.lost, undefined)
  t.equal((await driver.drain(signal)).lost, 'ambiguous')
})

t.test('open refuses an LM75, and writes nothing to it', async (t) => {
  const { clock, gpio } = bench(t)
  const bus = new SimulatedI2cBus({ number: 2 })
  bus.attach(0x48, new Lm75Chip({ part: 'lm75' }, { clock, temperature: () => 20 }))
  const before = await bus.device(0x48).readWord(0x03)
  const options = { inputs: [ECG], periodMs: 10, leadOffLines: [] }
  const driver = new PacedAds1115(options, { device: bus.device(0x48), gpio, clock })
  await t.rejects(driver.open(), { code: 'WRONG_PART' })
  t.equal(await bus.device(0x48).readWord(0x03), before)
})

t.test(
  'unplugged, out of power for a moment, or not in time: an error, and samples again once opened',
  async (t) => {
    const { bus, clock, driver } = bench(t)
    await driver.open()
    bus.unplug(ADDRESS)
    await t.rejects(driver.drain(signal), { code: 'NACK' })
    await t.rejects(driver.open(), { code: 'NACK' })
    bus.replug(ADDRESS)
    await driver.open()
    bus.trouble(ADDRESS, 'timeout', 1)
    await t.rejects(driver.drain(signal), { code: 'BUS_TIMEOUT' })
    await driver.open()
    const draining = driver.drain(signal)
    // While a conversion is under way; between two there is nothing to lose.
    await sleep(clock, 0.5, signal)
    bus.unplug(ADDRESS)
    bus.replug(ADDRESS)
    await t.rejects(draining, { code: 'RESTARTED' })
    await driver.open()
    t.same(of(await driver.drain(signal), 'a0'), Array(10).fill(2_000_000))
  },
)
