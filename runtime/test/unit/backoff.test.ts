import { Backoff } from '@hygeia/runtime/backoff'
import t from 'tap'

t.test('waits double up to the limit, and begin again after a reset', async (t) => {
  const backoff = new Backoff({ firstMs: 100, limitMs: 1_000, random: () => 1 })
  const next = (count: number) => Array.from({ length: count }, () => backoff.nextMs())
  t.same(next(6), [100, 200, 400, 800, 1_000, 1_000])
  backoff.reset()
  t.same(next(2), [100, 200])
  t.equal(next(5_000).at(-1), 1_000, 'for as long as it takes')
})

t.test('half of a wait is left to chance', async (t) => {
  const least = new Backoff({ firstMs: 100, limitMs: 1_000, random: () => 0 })
  t.same([least.nextMs(), least.nextMs()], [50, 100])
  const drawn = new Backoff({ firstMs: 100, limitMs: 100 })
  const waits = Array.from({ length: 200 }, () => drawn.nextMs())
  t.ok(waits.every((wait) => wait >= 50 && wait <= 100))
  t.ok(new Set(waits).size > 100, 'not all the same')
})
