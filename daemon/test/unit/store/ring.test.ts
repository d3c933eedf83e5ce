import t from 'tap'
import { Ring } from '../../../src/store/ring.ts'
import { seeded } from '../../corpus/world.ts'

const part = (number: number, length: number) => seeded(`part ${number}`, length)

t.test('gives back what was added, until it is released', async (t) => {
  const ring = new Ring(100, 10)
  t.ok(ring.add(5, part(5, 30)))
  t.ok(ring.add(6, part(6, 30)))
  t.ok(ring.add(7, part(7, 30)))
  t.same(
    ring.views(5, 7),
    [5, 6, 7].map((number) => part(number, 30)),
  )
  t.same(ring.views(6, 6), [part(6, 30)])
  t.equal(ring.views(4, 6), undefined, 'what came before is not there')
  t.equal(ring.views(6, 8), undefined, 'nor what is to come')
  ring.release(5)
  t.equal(ring.views(5, 5), undefined)
  t.same(
    ring.views(6, 7),
    [6, 7].map((number) => part(number, 30)),
  )
})

t.test('takes nothing over what is held, and nothing with a gap, until it is empty', async (t) => {
  const ring = new Ring(100, 10)
  ring.add(1, part(1, 60))
  t.notOk(ring.add(2, part(2, 60)), 'no room')
  t.notOk(ring.add(3, part(3, 10)), 'a gap')
  t.same(ring.views(1, 1), [part(1, 60)])
  ring.release(3)
  t.ok(ring.add(9, part(9, 100)), 'empty, it begins anywhere')
  t.same(ring.views(9, 9), [part(9, 100)])
  t.notOk(ring.add(10, part(10, 1)))
  const few = new Ring(100, 2)
  t.same(
    [1, 2, 3].map((number) => few.add(number, part(number, 1))),
    [true, true, false],
  )
  t.notOk(new Ring(10, 2).add(1, part(1, 11)))
})

t.test('goes round and round without mixing anything up', async (t) => {
  const ring = new Ring(1_000, 100)
  let oldest = 1
  let added = 0
  for (let arrival = 1; arrival <= 5_000; arrival++) {
    const length = 1 + (seeded(`length ${arrival}`, 1)[0] ?? 0)
    while (!ring.add(arrival, part(arrival, length))) {
      const held = ring.views(oldest, oldest)
      const expected = part(oldest, 1 + (seeded(`length ${oldest}`, 1)[0] ?? 0))
      if (held?.[0] === undefined || Buffer.compare(held[0], expected) !== 0)
        return t.fail(`${oldest} is mixed up`)
      ring.release(oldest++)
    }
    added++
  }
  t.equal(added, 5_000)
  t.ok(oldest > 4_900, 'and it was full most of the time')
})
