import t from 'tap'
import { BuildPace } from '../../../../../src/chain/embedded/sealer/pace.ts'

const pace = () => new BuildPace({ periodSec: 5, maxTxs: 223 })

t.test('a slow machine begins full blocks earlier', async (t) => {
  const slow = pace()
  const before = slow.leadMs(200)
  for (let block = 0; block < 30; block++) slow.built(200, 1_000)
  t.ok(slow.leadMs(200) > before)
  t.ok(Math.abs(slow.leadMs(200) - 1_000) < 50, 'as long as a full block takes')
})

t.test('never earlier than a quarter of the period, and hardly early when nothing waits', async (t) => {
  const slow = pace()
  for (let block = 0; block < 30; block++) slow.built(10, 10_000)
  t.equal(slow.leadMs(10_000), 1_250)
  t.ok(slow.leadMs(0) <= 10)
})

t.test('empty blocks teach it nothing', async (t) => {
  const idle = pace()
  const before = idle.leadMs(100)
  for (let block = 0; block < 30; block++) idle.built(0, 3)
  t.equal(idle.leadMs(100), before)
})
