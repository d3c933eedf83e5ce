import t from 'tap'
import { Rates } from '../../../src/ops/rates.ts'
import { HandClock } from '../support/hand-clock.ts'

const MINUTE_MS = 60_000

function counted() {
  const clock = new HandClock()
  const totals = { taken: 100, refused: 3 }
  const rates = new Rates({ totals: async () => ({ ...totals }), clock })
  const came = async (taken: number, refused: number) => {
    clock.forward(MINUTE_MS)
    totals.taken += taken
    totals.refused += refused
    await rates.sample()
  }
  return { clock, totals, rates, came }
}

t.test('what came before counting began is in no moment', async (t) => {
  const { clock, totals, rates, came } = counted()
  await rates.sample()
  const begin = clock.now()
  await came(4, 0)
  await came(0, 2)
  clock.forward(9_999)
  totals.taken += 1
  t.equal((await rates.history()).length, 3, 'too short a time to say how many a minute')
  clock.forward(1)
  t.same(await rates.history(), [
    { at: begin, taken: 0, refused: 0 },
    { at: begin + MINUTE_MS, taken: 4, refused: 0 },
    { at: begin + 2 * MINUTE_MS, taken: 0, refused: 2 },
    { at: begin + 2 * MINUTE_MS + 10_000, taken: 1, refused: 0 },
  ])
})

t.test('the rate is that of the last five minutes', async (t) => {
  const { rates, came } = counted()
  await rates.sample()
  t.equal(await rates.perMinute(), 0, 'in the first moment')
  await came(6, 0)
  t.equal(await rates.perMinute(), 6, 'or since the start')
  for (let minute = 0; minute < 5; minute++) await came(2, 0)
  t.equal(await rates.perMinute(), 2)
})

t.test('no more than two hours of it are kept', async (t) => {
  const { rates, came } = counted()
  for (let minute = 0; minute < 300; minute++) await came(1, 0)
  const moments = await rates.history()
  t.equal(moments.length, 240)
  t.equal(moments[0]?.taken, 0, 'of the oldest nobody knows since when')
})
