import t from 'tap'
import { FairQueue } from '../../../src/reencrypt/queue.ts'

function filled() {
  const queue = new FairQueue()
  const done: string[] = []
  const [large, small] = [{}, {}]
  for (const name of ['a1', 'a2', 'a3', 'a4']) queue.push({ job: large, run: () => done.push(name) })
  for (const name of ['b1', 'b2']) queue.push({ job: small, run: () => done.push(name) })
  return { queue, done, large, small }
}

t.test('a small job is done among the pieces of a large one', async (t) => {
  const { queue, done } = filled()
  while (queue.length > 0) queue.take()?.run()
  t.same(done, ['a1', 'b1', 'a2', 'b2', 'a3', 'a4'])
  t.equal(queue.take(), undefined)
})

t.test('what is left of a dropped job is not done', async (t) => {
  const { queue, done, large } = filled()
  queue.take()?.run()
  queue.drop(large)
  t.equal(queue.length, 2)
  while (queue.length > 0) queue.take()?.run()
  t.same(done, ['a1', 'b1', 'b2'])
})
