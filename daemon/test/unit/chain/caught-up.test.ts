import { caughtUp } from '@hygeia/daemon/chain/caught-up'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { createLog } from '@hygeia/runtime/log'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const log = createLog('test', 'silent')
const START = 1_700_000_000_000

/** A node whose head is so old, and gets a block each time somebody looks until it has `blocks` more. */
function nodeBehind(ageMs: number, blocks: number) {
  const clock = new SimulatedClock({
    startUnix: START as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  let looks = 0
  const engine = {
    info: { periodSec: 5 } as never,
    get head() {
      const number = Math.min(blocks, Math.floor(++looks / 4))
      const timestamp = (START - ageMs + (number * ageMs) / Math.max(blocks, 1)) / 1_000
      return { number, timestamp } as never
    },
  }
  return { engine, clock, took: () => clock.monotonic() }
}

t.test('a node with a head of now is not waited for', async (t) => {
  const { engine, clock, took } = nodeBehind(4_000, 0)
  await caughtUp(engine, { clock, log })
  t.equal(took(), 0)
})

t.test('one that gets blocks is waited for until it has them', async (t) => {
  const { engine, clock, took } = nodeBehind(3_600_000, 1_000)
  await caughtUp(engine, { clock, log })
  t.ok(took() > 300_000, `${took()} ms`)
  t.ok(engine.head)
})

t.test('one that gets none is not waited for for ever', async (t) => {
  const { engine, clock, took } = nodeBehind(3_600_000, 0)
  await caughtUp(engine, { clock, log })
  t.ok(took() >= 30_000 && took() < 32_000, `${took()} ms`)
})
