import { Max32664 } from '@hygeia/agent/drivers/max32664/driver'
import { Max32664Chip } from '@hygeia/agent/simulation/max32664-chip'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const HUB = 0x55
const LINES = { resetLine: 17, mfioLine: 27 }
const signal = new AbortController().signal

interface Patient {
  heartRate?: number | undefined
  spo2?: number | undefined
}

function bench({
  patient = { heartRate: 62.8, spo2: 97.4 } as Patient,
  confidence = 98,
  depth = 100,
  version = [10, 1, 0] as [number, number, number],
  spo2Coefficients = undefined as [number, number, number] | undefined,
} = {}) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  const bus = new SimulatedI2cBus({ number: 1 })
  // Each report has the vital signs as they were when it was made.
  const history: [number, Patient][] = [[0, patient]]
  const at = (time: number) => history.findLast(([since]) => since <= time)?.[1] ?? {}
  const chip = new Max32664Chip(
    {
      ...LINES,
      version,
      confidence,
      depth,
      heartRate: (time) => at(time).heartRate,
      spo2: (time) => at(time).spo2,
    },
    { clock, gpio },
  )
  const writes: string[] = []
  bus.attach(HUB, spied(chip, writes))
  const device = bus.device(HUB)
  const driver = new Max32664({ ...LINES, minConfidence: 70, spo2Coefficients }, { device, gpio, clock })
  return {
    bus,
    chip,
    clock,
    driver,
    gpio,
    writes,
    pass: (ms: number) => sleep(clock, ms, signal),
    become: (next: Patient) => void history.push([clock.monotonic(), next]),
  }
}

function spied(chip: SimulatedI2cChip, writes: string[]): SimulatedI2cChip {
  return {
    powerOn: () => chip.powerOn(),
    powerOff: () => chip.powerOff(),
    receive(bytes) {
      writes.push(Buffer.from(bytes).toString('hex'))
      return chip.receive(bytes)
    },
    transmit: (length) => chip.transmit(length),
  }
}

const both = (missing: string) => ({ 'heart-rate': { missing }, spo2: { missing } })

t.test('open resets, identifies and starts the hub as the guides say', async (t) => {
  const { driver, gpio, clock, writes } = bench({ spo2Coefficients: [1.5958422, -34.659664, 112.68987] })
  const edges: string[] = []
  gpio.listen(LINES.resetLine, (level) => {
    edges.push(`${clock.monotonic()} ms: RSTN ${level}, MFIO ${gpio.level(LINES.mfioLine)}`)
  })
  await driver.open(signal)
  t.same(edges, ['0 ms: RSTN 0, MFIO 1', '10 ms: RSTN 1, MFIO 1'], 'UG6806 Rev 3 figure 9')
  t.same(
    writes,
    // UG6806 Rev 3 table 10 (mode, type, version), UG7087 table 8 (the rest, for algorithm data only).
    [
      '0200',
      'ff00',
      'ff03',
      '100002',
      '100101',
      '50020b00026f60ffcb1d1200abf37b',
      '520001',
      '440301',
      '520201',
    ],
  )
})

t.test('a report comes out as the hub measured it', async (t) => {
  const { driver, pass } = bench()
  await driver.open(signal)
  await pass(1_000)
  t.same(await driver.read(signal), { 'heart-rate': { value: 62.8 }, spo2: { value: 97.4 } })
})

t.test('a hub that has made no report yet is waited for, one report long', async (t) => {
  const { driver } = bench()
  await driver.open(signal)
  t.same(await driver.read(signal), { 'heart-rate': { value: 62.8 }, spo2: { value: 97.4 } })
})

t.test('the newest report counts, not the oldest', async (t) => {
  const { driver, become, pass } = bench()
  await driver.open(signal)
  await pass(300)
  become({ heartRate: 80, spo2: 95 })
  await pass(300)
  t.same(await driver.read(signal), { 'heart-rate': { value: 80 }, spo2: { value: 95 } })
})

t.test('what a full FIFO kept from long ago is thrown away', async (t) => {
  const { driver, become, pass } = bench({ depth: 10 })
  await driver.open(signal)
  await pass(60_000)
  become({ heartRate: 80, spo2: 95 })
  await pass(20)
  t.same(await driver.read(signal), { 'heart-rate': { value: 80 }, spo2: { value: 95 } })
})

t.test('no finger, low confidence and half a result are told apart', async (t) => {
  const { driver, become, pass } = bench({ patient: {} })
  await driver.open(signal)
  await pass(100)
  t.same(await driver.read(signal), both('probe-off'))
  become({ spo2: 97 })
  await pass(100)
  t.same(await driver.read(signal), { 'heart-rate': { missing: 'ambiguous' }, spo2: { value: 97 } })
  become({ heartRate: 63 })
  await pass(100)
  t.same(await driver.read(signal), { 'heart-rate': { value: 63 }, spo2: { missing: 'ambiguous' } })

  const unsure = bench({ confidence: 69 })
  await unsure.driver.open(signal)
  await unsure.pass(100)
  t.same(await unsure.driver.read(signal), both('ambiguous'))
})

t.test('a busy hub is asked again, and given up on after four times', async (t) => {
  const { chip, driver, pass } = bench()
  await driver.open(signal)
  await pass(1_000)
  chip.keepBusy(3)
  t.same(await driver.read(signal), { 'heart-rate': { value: 62.8 }, spo2: { value: 97.4 } })
  chip.keepBusy(4)
  await t.rejects(driver.read(signal), {
    code: 'COMMAND_REFUSED',
    detail: { family: 0, index: 0, status: 0xfe },
  })
})

t.test('a hub without its optical sensor is an error, not a missing finger', async (t) => {
  const { chip, driver, pass } = bench()
  await driver.open(signal)
  await pass(100)
  chip.connectFrontEnd(false)
  await t.rejects(driver.read(signal), { code: 'FRONT_END_LOST' })
  chip.connectFrontEnd(true)
  t.match(await driver.read(signal), { spo2: { value: 97.4 } })
})

t.test('an unplugged hub is an error, and reads again when it is back and was opened', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open(signal)
  await pass(100)
  bus.unplug(HUB)
  await t.rejects(driver.read(signal), { code: 'NACK' })
  await t.rejects(driver.open(signal), { code: 'NACK' })
  bus.replug(HUB)
  await driver.open(signal)
  t.match(await driver.read(signal), { spo2: { value: 97.4 } })
})

t.test('a hub that lost its power between two reads is noticed', async (t) => {
  const { bus, driver, pass } = bench()
  await driver.open(signal)
  bus.unplug(HUB)
  bus.replug(HUB)
  await t.rejects(driver.read(signal), { code: 'NACK' }, 'it is still starting')
  await pass(2_000)
  await t.rejects(driver.read(signal), { code: 'RESTARTED' }, 'it started, and nobody set it up')
})

t.test('the firmware of another variant is refused', async (t) => {
  // UG6806 Rev 3 table 11: 40.2.2 is a MAX32664D.
  const { driver } = bench({ version: [40, 2, 2] })
  await t.rejects(driver.open(signal), { code: 'WRONG_FIRMWARE', detail: { version: '40.2.2' } })
})

t.test('a hub in its bootloader is refused', async (t) => {
  const { driver, gpio } = bench()
  // A board that ties MFIO low.
  gpio.listen(LINES.resetLine, (level) => {
    if (level === 0) gpio.drive(LINES.mfioLine, 0)
  })
  await t.rejects(driver.open(signal), { code: 'WRONG_MODE', detail: { mode: 8 } })
})

t.test('aborting ends the wait for a starting hub', async (t) => {
  const { driver } = bench()
  const abort = new AbortController()
  const opening = driver.open(abort.signal)
  abort.abort()
  await t.rejects(opening, { name: 'AbortError' })
})

t.test('close gives the reset line back', async (t) => {
  const { driver, gpio } = bench()
  await driver.open(signal)
  await t.rejects(gpio.output(LINES.resetLine, 1), { code: 'GPIO_FAULT', detail: { errno: 'EBUSY' } })
  await driver.close()
  await t.resolves(gpio.output(LINES.resetLine, 1))
})
