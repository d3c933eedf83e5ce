import t from 'tap'
import { BlockPhase } from '../../../src/uplink/block-phase.ts'

/**
 * Ask a hospital whose receipts are there `phaseMs` after each block, as the inquirer does.
 *
 * @returns how late each receipt was, and how often it was asked, for each block
 */
function play(periodMs: number, blocks: number, phaseOf: (block: number) => number | undefined) {
  const phase = new BlockPhase({ periodMs })
  const late: number[] = []
  let [now, askedAt, asked, seen] = [0, Number.NEGATIVE_INFINITY, 0, -1]
  const end = blocks * periodMs
  while (now < end) {
    now = phase.next(askedAt, now)
    askedAt = now
    asked++
    // The newest block whose receipts are there.
    let newest = seen
    for (let block = seen + 1; block * periodMs <= now; block++) {
      const at = phaseOf(block)
      if (at !== undefined && block * periodMs + at <= now) newest = block
    }
    if (newest > seen) {
      late.push(now - newest * periodMs - (phaseOf(newest) ?? 0))
      phase.hit(now)
      seen = newest
    } else phase.miss(now + 5)
    now += 5
  }
  return { late, perBlock: asked / blocks }
}

for (const periodMs of [1_000, 2_000, 5_000]) {
  t.test(`with a block every ${periodMs} ms receipts are found soon, with few questions`, async (t) => {
    const jitter = (block: number) => 180 + ((block * 7_919) % 60)
    const { late, perBlock } = play(periodMs, 200, jitter)
    const settled = late.slice(3)
    t.ok(settled.length > 180, `${settled.length} blocks of 200 had receipts`)
    t.ok(Math.max(...settled) < 400, `at most ${Math.max(...settled)} ms late`)
    const mean = settled.reduce((sum, ms) => sum + ms, 0) / settled.length
    t.ok(mean < 150, `${Math.round(mean)} ms late on average`)
    t.ok(perBlock < 3.5, `${perBlock} questions a block`)
  })
}

t.test('a rhythm that moves is followed', async (t) => {
  const { late } = play(1_000, 300, (block) => (block < 100 ? 200 : block < 200 ? 700 : 100))
  t.ok(late.length > 270)
  t.ok(Math.max(...late.slice(250)) < 400, 'also after it came earlier')
})

t.test('a chain that stalls is asked ever more rarely, and found again', async (t) => {
  const stalled = play(1_000, 300, (block) => (block < 20 ? 200 : undefined))
  t.ok(stalled.perBlock < 1, `${stalled.perBlock} questions a second`)
  const phase = new BlockPhase({ periodMs: 1_000 })
  for (let at = 0; at < 100; at++) phase.miss(at * 1_000)
  t.equal(phase.next(100_000, 100_001), 130_000, 'at least every 30 s')
  phase.hope()
  t.ok(phase.next(100_000, 100_001) < 101_001, 'and at once when something new is sent')
})
