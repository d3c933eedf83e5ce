import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { lastLookAt, recommitMs } from '../../../src/chain/geth/recommit.ts'

t.test(
  'of the looks that geth takes from block to block, one comes shortly before the next is due',
  async (t) => {
    for (let periodSec = 2; periodSec <= 60; periodSec++) {
      const everyMs = recommitMs(periodSec)
      t.ok(everyMs >= 1_000, 'geth takes no less')
      const leftMs = (periodSec * 1_000) % everyMs
      t.ok(leftMs >= 250 && leftMs <= 310, `${periodSec} s: ${leftMs} ms before it is due`)
    }
  },
)

t.test('blocks of a second have none between them: each is sealed once', async (t) => {
  t.ok(recommitMs(1) > 15_000)
})

t.test('anchors set out in time for the last look, from when the block before came', async (t) => {
  const head = (lateMs: number) => ({ timestamp: 1_000, at: (1_000_000 + lateMs) as UnixMs })
  // Looks every 1,187 ms: the fourth is the last, until a block comes so late that only three fit.
  t.equal(lastLookAt(head(0), 5), 1_004_648)
  t.equal(lastLookAt(head(300), 5), 1_003_761)
  t.equal(lastLookAt(head(600), 5), 1_004_061)
  t.equal(lastLookAt(head(7_000), 5), 1_006_900, 'at once when it is overdue')
  t.equal(lastLookAt(head(40), 1), 1_001_000, 'blocks of a second are filled when they are begun')
})
