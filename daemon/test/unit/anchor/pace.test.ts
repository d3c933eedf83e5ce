import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { FULL_COUNT, Pace } from '../../../src/anchor/pace.ts'
import type { ChainInfo, Head } from '../../../src/chain/engine.ts'

/** A chain whose blocks are due when the test says. */
function chain() {
  const clock = new SimulatedClock({
    startUnix: 1_000_000 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Infinity,
  })
  const state = { due: 1_005_000, head: 10 }
  const engine = {
    nextBlockAt: () => state.due as UnixMs,
    get head() {
      return { number: state.head } as Head
    },
    info: { periodSec: 5 } as ChainInfo,
  }
  const pace = new Pace({ leadMs: 200 }, { engine, clock })
  return { clock, state, pace }
}
const forever = new AbortController().signal
const none = () => 0

t.test('sets out once for each block, its lead before it is due', async (t) => {
  const { clock, state, pace } = chain()
  await pace.untilDue(none, forever)
  t.equal(clock.now(), 1_004_800)
  const next = pace.untilDue(none, forever)
  state.due = 1_010_000
  state.head = 11
  await next
  t.equal(clock.now(), 1_009_800)
})

t.test('sets out at once for a block that is overdue, and not again', async (t) => {
  const { clock, state, pace } = chain()
  state.due = 999_000
  await pace.untilDue(none, forever)
  t.equal(clock.now(), 1_000_000)
  const abort = new AbortController()
  const again = pace.untilDue(none, abort.signal)
  await clock.sleepUntil(60_000 as MonotonicMs, forever)
  abort.abort()
  await t.rejects(again)
})

t.test('a clock that is set back delays nothing: blocks that pass by are seen', async (t) => {
  const { clock, state, pace } = chain()
  await pace.untilDue(none, forever)
  // The chain's next block is due an hour from now, by a clock that was set back an hour.
  state.due = clock.now() + 3_600_000
  const next = pace.untilDue(none, forever)
  await clock.sleepUntil((clock.monotonic() + 5_000) as MonotonicMs, forever)
  state.head = 12
  const from = clock.monotonic()
  await next
  t.ok(clock.monotonic() - from <= 1_000)
})

t.test('an anchor of many batches sets out earlier, by what the last ones took', async (t) => {
  const { clock, state, pace } = chain()
  const waiting = () => 2_000
  const first = pace.leadMs(2_000)
  t.ok(first > 200, 'before anything is known too')
  await pace.untilDue(waiting, forever)
  t.equal(clock.now(), state.due - first)
  for (let round = 0; round < 50; round++) pace.took(40, 4_000)
  t.ok(
    Math.abs(pace.leadMs(2_000) - (200 + 1.5 * 20)) < 0.1,
    'half as much again as the share of what was measured',
  )
  for (let round = 0; round < 50; round++) pace.took(500, 10)
  t.ok(pace.leadMs(2_000) < 231, 'a few batches that took long say nothing of many')
})

t.test('an anchor of few batches sets out earlier, too, as long as those take long to make', async (t) => {
  const { pace } = chain()
  const first = pace.leadMs(300)
  pace.took(400, 300)
  t.equal(pace.leadMs(300), 200 + 1.5 * 400, 'what was long counts at once')
  for (let round = 0; round < 5; round++) pace.took(20, 300)
  const later = pace.leadMs(300)
  t.ok(later < 350 && later > 230, 'and is forgotten bit by bit')
  for (let round = 0; round < 50; round++) pace.took(1, 300)
  t.ok(Math.abs(pace.leadMs(300) - first) < 1)
})

t.test('an anchor’s worth of batches does not wait for the block', async (t) => {
  const { clock, pace } = chain()
  let waiting = 0
  const next = pace.untilDue(() => waiting, forever)
  await clock.sleepUntil(1_000 as MonotonicMs, forever)
  waiting = FULL_COUNT
  t.equal(await next, 'full')
  t.ok(clock.now() < 1_001_200)
  waiting = 0
  t.equal(await pace.untilDue(() => waiting, forever), 'due')
})

t.test('what comes too late sets out earlier the next time, within bounds, and forgets slowly', async (t) => {
  const { pace } = chain()
  pace.wasLate()
  t.equal(pace.leadMs(0), 400)
  for (let late = 0; late < 20; late++) pace.wasLate()
  t.equal(pace.leadMs(0), 2_000, 'never more than two fifths of a period')

  const calm = chain()
  // As many as can be on their way when the chain stands still.
  for (let late = 0; late < 16; late++) calm.pace.wasLate()
  for (let block = 0; block < 120; block++) {
    calm.state.due = calm.clock.now() + 5_000
    calm.state.head++
    await calm.pace.untilDue(none, forever)
  }
  t.ok(calm.pace.leadMs(0) < 210)
  t.ok(calm.pace.leadMs(0) > 200)
})
