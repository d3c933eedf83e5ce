import { type Acceleration, Mpu6050Chip } from '@hygeia/agent/simulation/mpu6050-chip'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

function bench(acceleration: Acceleration = () => [0, -1, 1]) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const chip = new Mpu6050Chip({ clock, acceleration })
  chip.powerOn()
  const register = (pointer: number, length = 1) => {
    chip.receive(Uint8Array.of(pointer))
    return Buffer.from(chip.transmit(length)).toString('hex')
  }
  const write = (...bytes: number[]) => chip.receive(Uint8Array.from(bytes))
  const pass = (ms: number) => sleep(clock, ms, new AbortController().signal)
  /** 50 Hz, accelerometer into the FIFO; an overflow is told. */
  const start = (range: number) => {
    write(0x6b, 0x00)
    write(0x19, 19, 0x04)
    write(0x1c, range)
    write(0x23, 0x08)
    write(0x38, 0x10)
    write(0x6a, 0x40)
  }
  return { register, write, start, pass }
}

// RM-MPU-6000A-00 rev. 4.2 §3.
t.test('after power-up the registers read as the register map says', async (t) => {
  const { register } = bench()
  t.same(
    [0x6b, 0x75, 0x19, 0x1c, 0x6a].map((at) => register(at)),
    ['40', '68', '00', '00', '00'],
  )
})

// Registers 59 to 64, "Accelerometer Measurements": 16384, 8192, 4096 and 2048 counts a g.
t.test('a frame is x, y and z in counts of the range', async (t) => {
  for (const [range, frame] of [
    [0x00, '0000c0004000'],
    [0x08, '0000e0002000'],
    [0x10, '0000f0001000'],
    [0x18, '0000f8000800'],
  ] as const) {
    const { register, start, pass } = bench()
    start(range)
    await pass(20)
    t.equal(register(0x74, 6), frame)
  }
})

t.test('what is beyond the range stays at its end', async (t) => {
  const { register, start, pass } = bench(() => [9, -9, 0])
  start(0x08)
  await pass(20)
  t.equal(register(0x74, 6), '7fff80000000')
})

// §4.30 and §4.31.
t.test('each byte that is read leaves the FIFO, the last one is said again', async (t) => {
  const { register, start, pass } = bench(() => [0, 0, 0x1234 / 8192])
  start(0x08)
  await pass(40)
  t.equal(register(0x72, 2), '000c')
  t.equal(register(0x74, 7), '00000000123400')
  t.equal(register(0x73), '0c', 'the low byte alone is as it was')
  t.equal(register(0x72, 2), '0005')
  t.equal(register(0x74, 8), '0000001234343434')
})

t.test('an overflow loses the oldest, and is told once', async (t) => {
  const { register, start, pass } = bench((at) => [0, 0, at > 20 ? 1 : 2])
  start(0x08)
  await pass(170 * 20)
  t.equal(register(0x3a), '00')
  await pass(20)
  t.same([register(0x3a), register(0x3a)], ['10', '00'])
  t.equal(register(0x72, 2), '0400')
  t.equal(register(0x74, 10), '00004000000000002000', 'what is left of the first frame, and the second')
})

t.test('the FIFO is emptied only while it is off', async (t) => {
  const { register, start, write, pass } = bench()
  start(0x08)
  await pass(20)
  write(0x6a, 0x44)
  t.equal(register(0x72, 2), '0006')
  write(0x6a, 0x00)
  write(0x6a, 0x04)
  t.equal(register(0x72, 2), '0000')
  t.equal(register(0x6a), '00', 'the bit clears itself')
})

t.test('asleep, or exposed to nothing, it samples nothing', async (t) => {
  const asleep = bench()
  asleep.start(0x08)
  asleep.write(0x6b, 0x40)
  const exposed = bench(() => undefined)
  exposed.start(0x08)
  for (const { register, pass } of [asleep, exposed]) {
    await pass(1_000)
    t.equal(register(0x72, 2), '0000')
  }
})

t.test('a device reset is as a loss of power', async (t) => {
  const { register, start, write, pass } = bench()
  start(0x08)
  await pass(1_000)
  write(0x6b, 0x80)
  t.same([register(0x6b), register(0x1c), register(0x72, 2)], ['40', '00', '0000'])
})
