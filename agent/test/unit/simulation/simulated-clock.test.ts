import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const never = new AbortController().signal
const at = (ms: number) => ms as MonotonicMs

function clockAt(speed: number) {
  return new SimulatedClock({ startUnix: 1_700_000_000_000 as UnixMs, startMonotonic: at(5_000), speed })
}

t.test('sleepers wake at exactly their time, in order, each before the next moves time', async (t) => {
  const clock = clockAt(Number.POSITIVE_INFINITY)
  const log: string[] = []
  const sleeper = async (name: string, until: number) => {
    await clock.sleepUntil(at(until), never)
    log.push(`${name} ${clock.monotonic()}`)
  }
  await Promise.all([
    sleeper('late', 9_000.5),
    sleeper('first of two', 6_000),
    sleeper('second of two', 6_000),
    // What wakes may sleep again, for less than the others still do.
    sleeper('chain', 5_500).then(() => sleeper('chain', 5_501)),
  ])
  t.same(log, ['chain 5500', 'chain 5501', 'first of two 6000', 'second of two 6000', 'late 9000.5'])
})

t.test('the wall clock follows, and can be set without monotonic time noticing', async (t) => {
  const clock = clockAt(Number.POSITIVE_INFINITY)
  await sleep(clock, 60_000, never)
  t.equal(clock.now(), 1_700_000_060_000)
  clock.setWall(1_800_000_000_000 as UnixMs)
  t.equal(clock.monotonic(), 65_000)
  await sleep(clock, 1, never)
  t.equal(clock.now(), 1_800_000_000_001)
})

t.test('time that is past is not slept for', async (t) => {
  const clock = clockAt(1)
  await clock.sleepUntil(at(4_000), never)
  t.equal(clock.monotonic(), 5_000)
})

t.test('time does not pass while it is held', async (t) => {
  const clock = clockAt(Number.POSITIVE_INFINITY)
  const held = clock.hold()
  const slept = sleep(clock, 1, never)
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  t.equal(clock.monotonic(), 5_000)
  held[Symbol.dispose]()
  held[Symbol.dispose]()
  await slept
  t.equal(clock.monotonic(), 5_001)

  // Giving it back twice counted once: the next hold holds.
  const again = clock.hold()
  const stillSleeping = sleep(clock, 1, never)
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  t.equal(clock.monotonic(), 5_001)
  again[Symbol.dispose]()
  await stillSleeping
})

t.test('a sleeper that is aborted rejects with the reason and no longer holds time up', async (t) => {
  const clock = clockAt(Number.POSITIVE_INFINITY)
  const abort = new AbortController()
  const early = sleep(clock, 1, abort.signal)
  const late = sleep(clock, 10, never)
  abort.abort(new Error('told to'))
  await t.rejects(early, { message: 'told to' })
  await late
  t.equal(clock.monotonic(), 5_010)
  await t.rejects(sleep(clock, 1, abort.signal), { message: 'told to' })
})

t.test('time is paced by its speed, and a busy machine makes it late, not skip', async (t) => {
  const clock = clockAt(1_000)
  const began = performance.now()
  const ticks: number[] = []
  for (let tick = 1; tick <= 50; tick++) {
    await clock.sleepUntil(at(5_000 + tick * 1_000), never)
    ticks.push(clock.monotonic())
    // The thread hangs for the time of twenty ticks.
    if (tick === 10) while (performance.now() - began < 30);
  }
  t.ok(performance.now() - began >= 49, '50 s at 1000× take 50 ms')
  t.same(
    ticks,
    Array.from({ length: 50 }, (_, index) => 6_000 + index * 1_000),
  )
})

t.test('a speed that moves nothing is refused', async (t) => {
  for (const speed of [0, -1, Number.NaN]) t.throws(() => clockAt(speed), RangeError)
})
