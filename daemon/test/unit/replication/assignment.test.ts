import { randomBytes } from 'node:crypto'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import t from 'tap'
import { holdersOf } from '../../../src/replication/assignment.ts'

const address = () => toHex(randomBytes(20)) as string as Address
const root = () => toHex(randomBytes(32)) as string as Hex32
const hospitals = Array.from({ length: 7 }, address)
const origin = hospitals[3] as Address

t.test('every hospital comes to the same holders, whoever anchored first among them', async (t) => {
  const anchored = root()
  const holders = holdersOf(anchored, origin, hospitals, 3)
  t.equal(holders.length, 3)
  t.equal(holders[0], origin)
  t.same(holdersOf(anchored, origin, hospitals.toReversed(), 3), holders)
  t.equal(new Set(holdersOf(anchored, origin, hospitals, 'all')).size, 7, 'all of them by default')
  t.equal(holdersOf(anchored, origin, hospitals.slice(0, 5), 64).length, 5, 'no more than there are')
})

t.test('when one leaves, only what it was to hold moves', async (t) => {
  const left = hospitals.filter((_, index) => index !== 5)
  for (let round = 0; round < 200; round++) {
    const anchored = root()
    const before = holdersOf(anchored, origin, hospitals, 3)
    const after = holdersOf(anchored, origin, left, 3)
    const stayed = before.filter((holder) => holder !== hospitals[5])
    if (!stayed.every((holder) => after.includes(holder))) t.fail('something else moved')
  }
})

t.test('an anchoring hospital that is suspended is not counted on', async (t) => {
  const active = hospitals.filter((hospital) => hospital !== origin)
  const holders = holdersOf(root(), origin, active, 3)
  t.equal(holders.length, 3)
  t.notOk(holders.includes(origin))
})

t.test('the work is spread', async (t) => {
  const counts = new Map<Address, number>()
  for (let round = 0; round < 1_200; round++) {
    for (const holder of holdersOf(root(), origin, hospitals, 2).slice(1)) {
      counts.set(holder, (counts.get(holder) ?? 0) + 1)
    }
  }
  // Six others share 1,200: 200 each, with a standard deviation of 13.
  t.ok(
    [...counts.values()].every((count) => count > 120 && count < 280),
    [...counts.values()].join(' '),
  )
})
