import t, { type Test } from 'tap'
import { scratchDir } from './support/scratch.ts'
import { START_MS, simulatedChain } from './support/validator.ts'

const PERIOD_SEC = 5
const PERIOD_MS = PERIOD_SEC * 1_000
const HOUR_MS = 3_600_000

t.test('blocks come a period apart, each dated the second in which it is seen', async (t) => {
  const { validator, clock, heads } = await simulatedChain({ dir: scratchDir(t) })
  await clock.pass(20 * PERIOD_MS)
  await validator.stop()
  t.equal(heads.length, 21)
  for (const [index, head] of heads.entries()) {
    t.equal(head.timestamp, START_MS / 1_000 + index * PERIOD_SEC)
    t.equal(head.at, head.timestamp * 1_000)
  }
})

t.test('a chain that was off for a day dates its next block now', async (t) => {
  const dir = scratchDir(t)
  const first = await simulatedChain({ dir })
  await first.clock.pass(3 * PERIOD_MS)
  await first.validator.stop()
  first.clock.setWall(24 * HOUR_MS)
  const again = await simulatedChain({ dir }, first.clock)
  await first.clock.pass(PERIOD_MS)
  await again.validator.stop()
  t.equal(again.heads[0]?.number, first.heads.length + 1)
  t.ok((again.heads[0]?.timestamp ?? 0) >= START_MS / 1_000 + 24 * 3_600)
})

t.test('a clock that jumps ahead for a moment does not date blocks in the future', async (t) => {
  const { validator, clock, heads } = await simulatedChain({ dir: scratchDir(t) })
  await clock.pass(4 * PERIOD_MS)
  clock.setWall(24 * HOUR_MS)
  await clock.pass(4 * PERIOD_MS)
  clock.setWall(-24 * HOUR_MS)
  await clock.pass(4 * PERIOD_MS)
  await validator.stop()
  t.equal(heads.length, 13, 'nothing was missed')
  for (const [index, head] of heads.entries()) {
    t.equal(head.timestamp, START_MS / 1_000 + index * PERIOD_SEC, `block ${head.number}`)
  }
})

t.test('a clock that jumps ahead and stays there is believed after a while', async (t) => {
  const { validator, clock, heads } = await simulatedChain({ dir: scratchDir(t) })
  await clock.pass(2 * PERIOD_MS)
  clock.setWall(HOUR_MS)
  await clock.pass(12 * PERIOD_MS)
  await validator.stop()
  t.ok(heads.length >= 15, 'nothing was missed')
  const last = heads.at(-1)
  t.equal(last?.timestamp, Math.floor(Number(last?.at) / 1_000))
  rising(t, heads)
})

t.test('a clock that is set back a little delays nothing much, and both agree again', async (t) => {
  const { validator, clock, heads } = await simulatedChain({ dir: scratchDir(t) })
  await clock.pass(4 * PERIOD_MS)
  clock.setWall(-8_000)
  await clock.pass(40 * PERIOD_MS)
  await validator.stop()
  rising(t, heads)
  const gaps = heads.slice(1).map((head, index) => head.at - Number(heads[index]?.at))
  t.ok(
    gaps.every((gap) => gap <= PERIOD_MS * 1.1 + 1),
    'never more than a tenth slower',
  )
  const last = heads.at(-1)
  t.equal(last?.at, Number(last?.timestamp) * 1_000, 'back on the second')
  t.ok(
    heads.every(({ at, timestamp }) => timestamp * 1_000 - at <= 15_000),
    'never far in the future',
  )
})

t.test('a clock that is set back far pauses the chain, says so, and does not stop it for good', async (t) => {
  const { validator, clock, heads, logged } = await simulatedChain({ dir: scratchDir(t) })
  await clock.pass(4 * PERIOD_MS)
  const before = heads.length
  clock.setWall(-HOUR_MS)
  await clock.pass(HOUR_MS / 2)
  t.equal(heads.length, before, 'no block is dated half an hour ahead')
  t.ok(logged.some((line) => line.includes('sealing pauses')))
  clock.setWall(HOUR_MS)
  await clock.pass(60_000)
  t.ok(heads.length > before, 'it goes on once the clock is right again')
  clock.setWall(-HOUR_MS)
  await clock.pass(HOUR_MS + 60_000)
  await validator.stop()
  const paused = heads.at(-1)
  t.ok(Number(paused?.timestamp) * 1_000 - Number(paused?.at) <= 15_000, 'it goes on once time has caught up')
  t.ok(logged.some((line) => line.includes('sealing goes on')))
  rising(t, heads)
})

function rising(t: Test, heads: readonly { timestamp: number; number: number }[]): void {
  for (const [index, head] of heads.entries()) {
    const parent = heads[index - 1]
    if (parent === undefined) continue
    t.ok(head.timestamp >= parent.timestamp + PERIOD_SEC, `block ${head.number} is a period after its parent`)
  }
}
