import { isMissed, ticks } from '@hygeia/agent/sampling/grid'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const ms = (value: number) => value as MonotonicMs

function first(count: number, periods: readonly number[], origin: number, from: number) {
  const items = periods.map((periodMs) => ({ periodMs }))
  return ticks(items, ms(origin), ms(from))
    .take(count)
    .map(({ at, due }) => [at, ...due.map(({ periodMs }) => periodMs)])
    .toArray()
}

t.test('ticks of several grids come in the order of time, those of one instant together', async (t) => {
  t.same(first(5, [1_000, 1_500, 3_000], 100, 0), [
    [100, 1_000, 1_500, 3_000],
    [1_100, 1_000],
    [1_600, 1_500],
    [2_100, 1_000],
    [3_100, 1_000, 1_500, 3_000],
  ])
})

t.test('a grid joined late goes on where it would have been', async (t) => {
  t.same(first(2, [1_000], 100, 5_101), [
    [6_100, 1_000],
    [7_100, 1_000],
  ])
  t.same(first(1, [1_000], 100, 5_100), [[5_100, 1_000]], 'at the very instant')
})

t.test('the millionth tick is where arithmetic says', async (t) => {
  const [last] = ticks([{ periodMs: 1_001 }], ms(7), ms(7))
    .drop(1_000_000)
    .take(1)
  t.equal(last?.at, 7 + 1_000_000 * 1_001)
})

t.test('no channels, no ticks', async (t) => {
  t.same(first(1, [], 0, 0), [])
})

t.test('a tick is missed after half of its period, or a second', async (t) => {
  t.notOk(isMissed(ms(1_000), ms(1_500), 1_000))
  t.ok(isMissed(ms(1_000), ms(1_501), 1_000))
  t.notOk(isMissed(ms(0), ms(1_000), 60_000))
  t.ok(isMissed(ms(0), ms(1_001), 60_000))
})
