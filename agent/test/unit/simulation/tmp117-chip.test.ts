import { Tmp117Chip } from '@hygeia/agent/simulation/tmp117-chip'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

function bench(temperature: (at: MonotonicMs) => number | undefined) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const reads: string[] = []
  const chip = new Tmp117Chip({
    clock,
    temperature,
    onRead: (result) => reads.push(Buffer.from(result).toString('hex')),
  })
  chip.powerOn()
  const register = (pointer: number) => {
    chip.receive(Uint8Array.of(pointer))
    return Buffer.from(chip.transmit(2)).toString('hex')
  }
  return { chip, register, reads, pass: (ms: number) => sleep(clock, ms, new AbortController().signal) }
}

// SNOSD82D §7.6.
t.test('after power-up the registers read as the datasheet says', async (t) => {
  const { register } = bench(() => 25)
  t.same([0x00, 0x01, 0x02, 0x03, 0x0f].map(register), ['8000', '0220', '6000', '8000', '0117'])
})

// SNOSD82D table 7-1.
t.test('temperatures are the words of the datasheet', async (t) => {
  for (const [celsius, word] of [
    [-25, 'f380'],
    [-0.0078125, 'ffff'],
    [0, '0000'],
    [25, '0c80'],
    [100, '3200'],
  ] as const) {
    const { register, pass } = bench(() => celsius)
    await pass(1_000)
    t.equal(register(0x00), word, `${celsius} °C`)
  }
})

t.test('data ready is set by a conversion and cleared by reading either register', async (t) => {
  const { register, pass } = bench(() => 25)
  t.equal(register(0x01), '0220')
  await pass(124)
  t.equal(register(0x01), '2220', 'the mean of eight conversions of 15.5 ms')
  t.equal(register(0x01), '0220')
  await pass(1_000)
  t.equal(register(0x00), '0c80')
  t.equal(register(0x01), '0220')
  await pass(1_000)
  t.equal(register(0x01), '2220', 'one each second by default')
})

t.test('writing the configuration sets only what can be set', async (t) => {
  const { chip, register } = bench(() => 25)
  chip.receive(Uint8Array.of(0x01, 0xff, 0xff))
  t.equal(register(0x01), '0ffc')
  chip.receive(Uint8Array.of(0x0f, 0x12, 0x34))
  t.equal(register(0x0f), '0117', 'the identity is read-only')
})

t.test('in shutdown nothing is converted', async (t) => {
  const { chip, register, pass } = bench(() => 25)
  chip.receive(Uint8Array.of(0x01, 0x04, 0x20))
  await pass(10_000)
  t.same([register(0x00), register(0x01)], ['8000', '0420'])
})

t.test('each result that is read is told', async (t) => {
  const { register, reads, pass } = bench(() => 25)
  await pass(1_000)
  register(0x00)
  register(0x01)
  t.same(reads, ['0c80'])
})
