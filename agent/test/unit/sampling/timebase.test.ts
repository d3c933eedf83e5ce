import { Timebase } from '@hygeia/agent/sampling/timebase'
import { parseBootId } from '@hygeia/protocol/ids'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const boot = parseBootId('0x0123456789abcdef')
const never = new AbortController().signal

function bench() {
  const clock = new SimulatedClock({
    startUnix: 1_700_000_000_000 as UnixMs,
    startMonotonic: 20_000 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const asked = { count: 0, answer: false }
  const timebase = new Timebase(
    { boot },
    {
      clock,
      isSynchronised: async () => {
        asked.count++
        return asked.answer
      },
    },
  )
  const setWall = (byMs: number) => clock.setWall((clock.now() + byMs) as UnixMs)
  return { asked, clock, setWall, timebase }
}

t.test('before the clock was synchronised there is no offset, and setting it is no step', async (t) => {
  const { asked, setWall, timebase } = bench()
  await timebase.check()
  t.same(timebase.current(), { boot, offsetMs: undefined })
  setWall(86_400_000)
  await timebase.check()
  asked.answer = true
  await timebase.check()
  t.same(timebase.current(), { boot, offsetMs: 1_700_086_380_000 })
  t.same(timebase.steps, [])
})

t.test('once synchronised, nobody is asked again', async (t) => {
  const { asked, timebase } = bench()
  asked.answer = true
  await timebase.check()
  asked.answer = false
  await timebase.check()
  t.equal(asked.count, 1)
  t.equal(timebase.current().offsetMs, 1_699_999_980_000)
})

t.test('a step is recorded with its instant and its size; slewing is followed', async (t) => {
  const { asked, clock, setWall, timebase } = bench()
  asked.answer = true
  await timebase.check()
  setWall(500)
  t.equal(timebase.current().offsetMs, 1_699_999_980_500)
  t.same(timebase.steps, [], '500 ms is what slewing may do')
  await sleep(clock, 1_000, never)
  setWall(-3_600_000)
  t.equal(timebase.current().offsetMs, 1_699_996_380_500)
  t.same(timebase.steps, [{ at: 21_000, byMs: -3_600_000 }])
  await sleep(clock, 1_000, never)
  setWall(501)
  t.same(timebase.current(), { boot, offsetMs: 1_699_996_381_001 })
  t.same(timebase.steps.at(-1), { at: 22_000, byMs: 501 })
})

t.test('watching finds a step about when it happened', async (t) => {
  const { asked, clock, setWall, timebase } = bench()
  asked.answer = true
  const stop = new AbortController()
  const watching = timebase.watch(10_000, stop.signal)
  await sleep(clock, 15_000, never)
  setWall(2_000)
  await sleep(clock, 10_000, never)
  t.same(timebase.steps, [{ at: 40_000, byMs: 2_000 }])
  stop.abort()
  await t.rejects(watching, { name: 'AbortError' })
})

t.test('a clock that will not stand still does not fill memory', async (t) => {
  const { asked, setWall, timebase } = bench()
  asked.answer = true
  await timebase.check()
  for (let step = 0; step < 300; step++) {
    setWall(1_000)
    timebase.current()
  }
  t.equal(timebase.steps.length, 256)
})
