import { Bme280Chip } from '@hygeia/agent/simulation/bme280-chip'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

function bench(temperature: number | undefined = 24.79) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const reads: string[] = []
  const chip = new Bme280Chip({
    clock,
    temperature: () => temperature,
    humidity: () => 68.67,
    pressure: () => 1006.615,
    onRead: (result) => reads.push(Buffer.from(result).toString('hex')),
  })
  chip.powerOn()
  const register = (pointer: number, length = 1) => {
    chip.receive(Uint8Array.of(pointer))
    return Buffer.from(chip.transmit(length)).toString('hex')
  }
  const write = (...bytes: number[]) => chip.receive(Uint8Array.from(bytes))
  const pass = (ms: number) => sleep(clock, ms, new AbortController().signal)
  return { register, write, reads, pass }
}

// BST-BME280-DS002 §5.3, table 18.
t.test('after power-up the registers read as the datasheet says', async (t) => {
  const { register, pass } = bench()
  t.equal(register(0xf3), '01', 'the trimming is being copied')
  t.equal(register(0x88, 4), '00000000')
  await pass(2)
  t.equal(register(0xd0), '60')
  t.equal(register(0xf2, 4), '00000000')
  t.equal(register(0xf7, 8), '8000008000008000')
})

// Its trimming is that of a chip with the counts 529191, 326816 and 30281 in this climate; at ×16 all bits
// count.
t.test('a climate is the counts that another implementation has for it', async (t) => {
  const { register, write, reads, pass } = bench(24.7894877676)
  await pass(2)
  write(0xf2, 0x05)
  write(0xf4, 0xb7)
  await pass(200)
  const bytes = Buffer.from(register(0xf7, 8), 'hex')
  t.ok(Math.abs((bytes.readUIntBE(0, 3) >> 4) - 326816) <= 2, 'pressure')
  t.ok(Math.abs((bytes.readUIntBE(3, 3) >> 4) - 529191) <= 4, 'temperature')
  t.ok(Math.abs(bytes.readUInt16BE(6) - 30281) <= 1, 'humidity')
  t.same(reads, [bytes.toString('hex')])
})

t.test('humidity is measured only once its setting was made effective', async (t) => {
  const { register, write, pass } = bench()
  await pass(2)
  write(0xf4, 0x27)
  write(0xf2, 0x01)
  await pass(1_000)
  t.equal(register(0xfd, 2), '8000')
  write(0xf4, 0x27)
  await pass(10)
  t.not(register(0xfd, 2), '8000')
})

t.test('in normal mode config is kept as it is', async (t) => {
  const { register, write, pass } = bench()
  await pass(2)
  write(0xf5, 0x80, 0xf4, 0x27)
  t.equal(register(0xf4, 2), '2780', 'pairs of register and value')
  write(0xf5, 0xa0)
  t.equal(register(0xf5), '80')
})

t.test('it says that it measures while it does, and rests between', async (t) => {
  const { register, write, pass } = bench()
  await pass(2)
  write(0xf2, 0x01, 0xf5, 0x80, 0xf4, 0x27)
  t.equal(register(0xf3), '08')
  // 9.3 ms at ×1, then 500 ms.
  await pass(9.4)
  t.equal(register(0xf3), '00')
  await pass(500)
  t.equal(register(0xf3), '08')
})

t.test('asleep, or exposed to nothing, it measures nothing', async (t) => {
  for (const chip of [bench(), bench(undefined)]) {
    await chip.pass(10_000)
    t.equal(chip.register(0xf7, 8), '8000008000008000')
  }
})

t.test('a reset forgets settings and results', async (t) => {
  const { register, write, pass } = bench()
  await pass(2)
  write(0xf2, 0x01, 0xf4, 0x27)
  await pass(1_000)
  write(0xe0, 0xb6)
  await pass(2)
  t.equal(register(0xf2, 4), '00000000')
  t.equal(register(0xf7, 8), '8000008000008000')
})
