import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { orAborted } from '../../src/abort.ts'

t.test('what comes first counts', async (t) => {
  const ended = new AbortController()
  t.equal(await orAborted(Promise.resolve(7), ended.signal), 7)
  await t.rejects(orAborted(Promise.reject(new Error('broken')), ended.signal), { message: 'broken' })
  const waiting = orAborted(new Promise(() => {}), ended.signal)
  ended.abort(new Error('over'))
  await t.rejects(waiting, { message: 'over' })
})

t.test('work that fails after it was over, or once it was, ends no process', async (t) => {
  const unheard: unknown[] = []
  const hear = (cause: unknown) => unheard.push(cause)
  process.on('unhandledRejection', hear)
  const over = AbortSignal.abort(new Error('over'))
  const { promise, reject } = Promise.withResolvers<never>()
  await t.rejects(orAborted(promise, over), { message: 'over' })
  reject(new Error('stopped'))
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  process.off('unhandledRejection', hear)
  t.same(unheard, [])
})
