import { Lm75Chip } from '@hygeia/agent/simulation/lm75-chip'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

function bench(part: 'lm75' | 'tmp105', temperature: (at: MonotonicMs) => number | undefined) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const reads: string[] = []
  const onRead = (result: Uint8Array) => reads.push(Buffer.from(result).toString('hex'))
  const chip = new Lm75Chip({ part }, { clock, temperature, onRead })
  chip.powerOn()
  const register = (pointer: number, length = 2) => {
    chip.receive(Uint8Array.of(pointer))
    const bytes = chip.transmit(length)
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')
  }
  return { chip, register, reads, pass: (ms: number) => sleep(clock, ms, new AbortController().signal) }
}

t.test('after power-up the registers read as the datasheets say', async (t) => {
  const tmp105 = bench('tmp105', () => 25)
  t.same(
    [0, 2, 3].map((pointer) => tmp105.register(pointer)),
    ['0000', '4b00', '5000'],
  )
  t.equal(tmp105.register(1, 1), '00')
  const lm75 = bench('lm75', () => 25)
  t.same(
    [0, 2, 3].map((pointer) => lm75.register(pointer)),
    ['007f', '4b7f', '507f'],
    'low bits undefined',
  )
  t.equal(lm75.register(1, 1), '00')
})

// SLLS648D table 5.
t.test('temperatures are the words of the datasheet', async (t) => {
  for (const [celsius, word] of [
    [128, '7ff0'],
    [127.9375, '7ff0'],
    [25, '1900'],
    [0.25, '0040'],
    [-0.25, 'ffc0'],
    [-55, 'c900'],
  ] as const) {
    const { chip, register, pass } = bench('tmp105', () => celsius)
    chip.receive(Uint8Array.of(1, 0x60))
    await pass(320)
    t.equal(register(0), word, `${celsius} °C`)
  }
})

t.test('a conversion takes as long as it has bits', async (t) => {
  for (const [configuration, ms, word] of [
    [0x00, 40, '2480'],
    [0x20, 80, '24c0'],
    [0x40, 160, '24c0'],
    [0x60, 320, '24b0'],
  ] as const) {
    const { chip, register, pass } = bench('tmp105', () => 36.69)
    chip.receive(Uint8Array.of(1, configuration))
    await pass(ms - 1)
    t.equal(register(0), '0000')
    await pass(1)
    t.equal(register(0), word)
  }
})

t.test('reading an LM75 starts its conversion anew', async (t) => {
  const { register, pass } = bench('lm75', () => 25)
  await pass(200)
  t.equal(register(0), '007f')
  await pass(299)
  t.equal(register(1, 1), '00')
  await pass(299)
  t.equal(register(0), '007f')
  await pass(300)
  t.equal(register(0), '197f')
})

t.test('in shutdown nothing is converted', async (t) => {
  let celsius = 25
  const { chip, register, pass } = bench('lm75', () => celsius)
  await pass(300)
  chip.receive(Uint8Array.of(1, 0x01))
  celsius = 30
  await pass(1_000)
  t.equal(register(0), '197f')
  chip.receive(Uint8Array.of(1, 0x00))
  await pass(300)
  t.equal(register(0), '1e7f')
})

t.test('what a register cannot hold is not kept', async (t) => {
  const lm75 = bench('lm75', () => 25)
  lm75.chip.receive(Uint8Array.of(1, 0xff))
  t.equal(lm75.register(1, 1), '1f')
  lm75.chip.receive(Uint8Array.of(3, 0x51, 0xff))
  t.equal(lm75.register(3), '51ff')
  lm75.chip.receive(Uint8Array.of(0, 0x12, 0x34))
  t.equal(lm75.register(0), '007f', 'the result is read only')
  const tmp105 = bench('tmp105', () => 25)
  tmp105.chip.receive(Uint8Array.of(1, 0xfe))
  t.equal(tmp105.register(1, 1), '7e', 'OS reads as zero')
  tmp105.chip.receive(Uint8Array.of(2, 0x51, 0xff))
  t.equal(tmp105.register(2), '51f0')
})

t.test('exposed to nothing, it has no result to hand out', async (t) => {
  const { register, reads, pass } = bench('lm75', (at) => (at < 500 ? 25 : undefined))
  await pass(300)
  t.equal(register(0), '197f')
  await pass(300)
  t.equal(register(0), undefined)
  t.equal(register(1, 1), '00', 'but is there')
  t.same(reads, ['197f'])
})
