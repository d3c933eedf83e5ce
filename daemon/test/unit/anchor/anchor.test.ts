import { toHex } from '@hygeia/protocol/ids'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { Pace } from '../../../src/anchor/pace.ts'
import { treeNodes } from '../../../src/anchor/tree.ts'
import type { ChainInfo, Head } from '../../../src/chain/engine.ts'
import { seeded } from '../../corpus/world.ts'

t.test('the tree is OpenZeppelin’s', async (t) => {
  for (const count of [1, 2, 3, 4, 5, 100, 1_025]) {
    const leaves = Array.from({ length: count }, (_, index) => seeded(`leaf ${index}`, 32))
    const nodes = await treeNodes(leaves)
    t.equal(toHex(nodes.subarray(0, 32)), toHex(merkleTree(leaves).root), `${count} leaves`)
    t.equal(nodes.length, (2 * count - 1) * 32)
  }
  await t.rejects(treeNodes([]))
  await t.rejects(treeNodes(Array.from({ length: 8_193 }, () => new Uint8Array(32))))
})

t.test('a tree of 8,192 leaves holds nothing else up', async (t) => {
  const leaves = Array.from({ length: 8_192 }, (_, index) => seeded(`leaf ${index}`, 32))
  // What else there is to do gets its turn every thousand hashes or so; how long that is, the machine decides.
  let turns = 0
  let isBuilding = true
  const others = () => {
    turns++
    if (isBuilding) setImmediate(others)
  }
  setImmediate(others)
  await treeNodes(leaves)
  isBuilding = false
  t.ok(turns >= 7, `${turns} turns`)
})

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

t.test('sets out once for each block, its lead before it is due', async (t) => {
  const { clock, state, pace } = chain()
  await pace.untilDue(forever)
  t.equal(clock.now(), 1_004_800)
  const next = pace.untilDue(forever)
  state.due = 1_010_000
  state.head = 11
  await next
  t.equal(clock.now(), 1_009_800)
})

t.test('sets out at once for a block that is overdue, and not again', async (t) => {
  const { clock, state, pace } = chain()
  state.due = 999_000
  await pace.untilDue(forever)
  t.equal(clock.now(), 1_000_000)
  const abort = new AbortController()
  const again = pace.untilDue(abort.signal)
  await clock.sleepUntil(60_000 as MonotonicMs, forever)
  abort.abort()
  await t.rejects(again)
})

t.test('a clock that is set back delays nothing: blocks that pass by are seen', async (t) => {
  const { clock, state, pace } = chain()
  await pace.untilDue(forever)
  // The chain's next block is due an hour from now, by a clock that was set back an hour.
  state.due = clock.now() + 3_600_000
  const next = pace.untilDue(forever)
  await clock.sleepUntil((clock.monotonic() + 5_000) as MonotonicMs, forever)
  state.head = 12
  const from = clock.monotonic()
  await next
  t.ok(clock.monotonic() - from <= 1_000)
})

t.test('the lead grows when anchors come too late, within bounds, and shrinks slowly', async (t) => {
  const { pace } = chain()
  pace.report(true)
  t.equal(pace.leadMs, 300)
  for (let late = 0; late < 20; late++) pace.report(true)
  t.equal(pace.leadMs, 2_000, 'never more than two fifths of a period')
  pace.report(false)
  t.ok(pace.leadMs < 2_000 && pace.leadMs > 1_900)
  for (let early = 0; early < 1_000; early++) pace.report(false)
  t.equal(pace.leadMs, 200)
})
