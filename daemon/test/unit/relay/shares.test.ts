import type { Address } from '@hygeia/protocol/ids'
import t from 'tap'
import { Shares } from '../../../src/relay/shares.ts'
import { HandClock } from '../support/hand-clock.ts'

const [anna, bert, cora] = ['a', 'b', 'c'].map((digit) => `0x${digit.repeat(40)}` as Address) as [
  Address,
  Address,
  Address,
]

t.test('a share is full, and comes back when its time has passed', async (t) => {
  const clock = new HandClock()
  const shares = new Shares({ count: 2, windowMs: 60_000, signers: 10 }, { clock })
  t.same([shares.take(anna), shares.take(anna)], [0, 0])
  clock.forward(10_000)
  t.equal(shares.take(anna), 50_000, 'told when to come again')
  t.equal(shares.take(bert), 0, 'others have their own')
  clock.forward(50_000)
  t.equal(shares.take(anna), 0)
})

t.test('who came least recently is forgotten first', async (t) => {
  const shares = new Shares({ count: 1, windowMs: 60_000, signers: 2 }, { clock: new HandClock() })
  for (const signer of [anna, bert, cora]) shares.take(signer)
  t.ok(shares.take(cora) > 0)
  t.equal(shares.take(anna), 0)
})
