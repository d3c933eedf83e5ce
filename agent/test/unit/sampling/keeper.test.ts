import { HalError } from '@hygeia/agent/hal/errors'
import { Keeper, type SensorStatus } from '@hygeia/agent/sampling/keeper'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const never = new AbortController().signal
const nack = () => new HalError('gone', { code: 'NACK', bus: 1, address: 0x48 })

/** A keeper of a sensor that is there or not, and when it was tried. */
function bench() {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const sensor = { isThere: true, fault: undefined as Error | undefined, attempts: [] as number[] }
  const changes: SensorStatus[] = []
  const keeper = new Keeper('skin', {
    clock,
    onChange: (status) => changes.push(status),
    open: async () => {
      sensor.attempts.push(clock.monotonic())
      if (sensor.fault !== undefined) throw sensor.fault
      if (!sensor.isThere) throw nack()
    },
  })
  const read = () =>
    keeper.read(async () => {
      if (!sensor.isThere) throw nack()
      return { temperature: { value: 33.5 } }
    })
  const stop = new AbortController()
  return { changes, keeper, read, sensor, stop, pass: (ms: number) => sleep(clock, ms, never) }
}

t.test('a sensor that is there is read; one that goes is an error, and noticed', async (t) => {
  const { changes, keeper, read, sensor, stop, pass } = bench()
  t.equal(await read(), 'not-yet', 'before it was opened')
  const running = keeper.run(stop.signal)
  await keeper.firstAttempt
  t.same(await read(), { temperature: { value: 33.5 } })
  await pass(5_000)
  sensor.isThere = false
  t.equal(await read(), 'sensor-error')
  t.same(keeper.status, { name: 'skin', state: 'away', since: 5_000, fault: 'NACK' })
  t.equal(await read(), 'sensor-error', 'without asking the sensor')
  sensor.isThere = true
  await pass(1_000)
  t.same(await read(), { temperature: { value: 33.5 } })
  t.same(
    changes.map(({ state, since }) => [state, since]),
    [
      ['present', 0],
      ['away', 5_000],
      ['present', 6_000],
    ],
  )
  stop.abort()
  await t.rejects(running, { name: 'AbortError' })
})

t.test('one that stays away is tried ever more rarely, and is away since it went', async (t) => {
  const { keeper, sensor, stop, pass } = bench()
  sensor.isThere = false
  const running = keeper.run(stop.signal)
  await pass(125_000)
  t.same(
    sensor.attempts,
    [0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000, 121_000],
    'doubling to half a minute',
  )
  t.match(keeper.status, { state: 'away', since: 0 })
  stop.abort()
  await t.rejects(running, { name: 'AbortError' })
})

t.test('one that was read again is tried soon when it goes another time', async (t) => {
  const { keeper, read, sensor, stop, pass } = bench()
  sensor.isThere = false
  const running = keeper.run(stop.signal)
  await pass(20_000)
  sensor.isThere = true
  await pass(20_000)
  t.same(await read(), { temperature: { value: 33.5 } })
  sensor.isThere = false
  t.equal(await read(), 'sensor-error')
  await pass(1_500)
  t.same(sensor.attempts.slice(-2), [31_000, 41_000])
  stop.abort()
  await t.rejects(running, { name: 'AbortError' })
})

t.test('one that opens well and fails at every read is not hammered', async (t) => {
  const { keeper, sensor, stop, pass } = bench()
  const running = keeper.run(stop.signal)
  for (let second = 0; second < 60; second++) {
    await pass(1_000)
    await keeper.read(() => Promise.reject(nack()))
  }
  t.ok(sensor.attempts.length <= 7, `${sensor.attempts.length} attempts in a minute`)
  stop.abort()
  await t.rejects(running, { name: 'AbortError' })
})

t.test('a fault of ours is not blamed on the sensor', async (t) => {
  const { keeper, sensor } = bench()
  sensor.fault = new TypeError('undefined is not a function')
  await t.rejects(keeper.run(never), TypeError)
  await t.resolves(keeper.firstAttempt)
})
