import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { OneAtATime } from '../../src/one-at-a-time.ts'

t.test(
  'work under one name waits for its turn, also after one that failed; other names do not wait',
  async (t) => {
    const oneAtATime = new OneAtATime()
    const done: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = oneAtATime.run('a', async () => {
      await gate.promise
      done.push('a1')
      throw new Error('a1 fails')
    })
    const second = oneAtATime.run('a', async () => done.push('a2'))
    await oneAtATime.run('b', async () => done.push('b1'))
    await turn()
    t.same(done, ['b1'])
    gate.resolve()
    await t.rejects(first, { message: 'a1 fails' })
    await second
    t.same(done, ['b1', 'a1', 'a2'])
  },
)

t.test('it is idle when nothing runs any more', async (t) => {
  const oneAtATime = new OneAtATime()
  await oneAtATime.idle()
  let isDone = false
  void oneAtATime.run('a', async () => {
    await turn()
    isDone = true
  })
  await oneAtATime.idle()
  t.ok(isDone)
})
