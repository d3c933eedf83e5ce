import t from 'tap'
import { NumberedRing } from '../../../src/live/ring.ts'

t.test('the newest are kept, as much as their weight allows', async (t) => {
  const ring = new NumberedRing<string>(10, (text) => text.length)
  t.same([ring.first, ring.last, ring.get(1)], [1, 0, undefined])
  for (const text of ['aaaa', 'bbbb', 'cc', 'd']) ring.add(text)
  t.same([ring.first, ring.last], [2, 4])
  t.same(
    [1, 2, 3, 4, 5].map((number) => ring.get(number)),
    [undefined, 'bbbb', 'cc', 'd', undefined],
  )
  ring.add('e'.repeat(50))
  t.same([ring.first, ring.last], [5, 5], 'one that is too heavy drives out the others, and stays')
  ring.add('f')
  t.same([ring.first, ring.last, ring.get(5)], [6, 6, undefined])
})

t.test('whoever waits is told of each, until it waits no more', async (t) => {
  const ring = new NumberedRing<number>(10, () => 1)
  let count = 0
  const stop = ring.onAdded(() => count++)
  ring.add(1)
  ring.add(2)
  stop()
  ring.add(3)
  t.equal(count, 2)
})
