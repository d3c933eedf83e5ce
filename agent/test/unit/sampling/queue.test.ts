import { BoundedQueue } from '@hygeia/agent/sampling/queue'
import t from 'tap'

const never = new AbortController().signal
const turn = () => new Promise(setImmediate)

t.test('who waits for room gets it when an item is taken', async (t) => {
  const queue = new BoundedQueue<number>(2)
  queue.add(1)
  queue.add(2)
  let hasRoom = false
  const waiting = queue.room(never).then(() => {
    hasRoom = true
  })
  await turn()
  t.equal(hasRoom, false)
  const items = queue[Symbol.asyncIterator]()
  t.same(await items.next(), { value: 1, done: false })
  await waiting
  t.ok(hasRoom)
})

t.test('an abort ends the wait for room', async (t) => {
  const queue = new BoundedQueue<number>(1)
  queue.add(1)
  const abort = new AbortController()
  const waiting = queue.room(abort.signal)
  abort.abort()
  await t.resolves(waiting)
})

t.test('what was added is given out before the end, and before the fault', async (t) => {
  const taken: number[] = []
  const ended = new BoundedQueue<number>(1)
  ended.add(1)
  ended.add(2)
  ended.end()
  for await (const item of ended) taken.push(item)
  const failed = new BoundedQueue<number>(1)
  failed.add(3)
  failed.end(new Error('fault'))
  const draining = (async () => {
    for await (const item of failed) taken.push(item)
  })()
  await t.rejects(draining, { message: 'fault' })
  t.same(taken, [1, 2, 3])
})

t.test('who waits for an item gets it, or the end', async (t) => {
  const queue = new BoundedQueue<string>(1)
  const items = queue[Symbol.asyncIterator]()
  const first = items.next()
  await turn()
  queue.add('now')
  t.same(await first, { value: 'now', done: false })
  const last = items.next()
  await turn()
  queue.end()
  t.same(await last, { value: undefined, done: true })
})
