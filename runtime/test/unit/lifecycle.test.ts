import { runUntil, type Service, ServiceStack, together } from '@hygeia/runtime/lifecycle'
import t from 'tap'

/** Services that write down what happens to them; those named fail. */
function told(faults: { start?: string; stop?: readonly string[]; stopAtOnce?: string } = {}) {
  const log: string[] = []
  const service = (name: string): Service => ({
    async start() {
      log.push(`start ${name}`)
      if (faults.start === name) throw new Error(`start ${name}`)
    },
    stop() {
      log.push(`stop ${name}`)
      if (faults.stopAtOnce === name) throw new Error(`stop ${name}`)
      return faults.stop?.includes(name) ? Promise.reject(new Error(`stop ${name}`)) : Promise.resolve()
    },
  })
  return { log, services: ['a', 'b', 'c'].map(service) }
}

t.test('services start in order and stop in reverse, once the signal aborts', async (t) => {
  const { log, services } = told()
  const abort = new AbortController()
  const running = runUntil(abort.signal, services)
  await new Promise((resolve) => setImmediate(resolve))
  t.same(log, ['start a', 'start b', 'start c'], 'they run')
  abort.abort()
  await running
  t.same(log.slice(3), ['stop c', 'stop b', 'stop a'])
})

t.test('nothing starts when the signal has aborted, and nothing more when it aborts between', async (t) => {
  const none = told()
  await runUntil(AbortSignal.abort(), none.services)
  t.same(none.log, [])

  const abort = new AbortController()
  const some = told()
  const aborting: Service = { start: async () => abort.abort(), stop: async () => undefined }
  await runUntil(abort.signal, [...some.services.slice(0, 1), aborting, ...some.services.slice(1)])
  t.same(some.log, ['start a', 'stop a'])
})

t.test('a start that fails stops what had started, itself included, and is the fault', async (t) => {
  const { log, services } = told({ start: 'b' })
  await t.rejects(runUntil(new AbortController().signal, services), { message: 'start b' })
  t.same(log, ['start a', 'start b', 'stop b', 'stop a'])
})

t.test('a stop that fails, at once or later, keeps no other from being stopped', async (t) => {
  const abort = new AbortController()
  const { log, services } = told({ stop: ['c'], stopAtOnce: 'b' })
  const running = runUntil(abort.signal, services)
  await new Promise((resolve) => setImmediate(resolve))
  abort.abort()
  await t.rejects(running, { name: 'AggregateError', errors: [{ message: 'stop c' }, { message: 'stop b' }] })
  t.same(log.slice(-3), ['stop c', 'stop b', 'stop a'])
})

t.test('faults of start and stop are told together', async (t) => {
  const { services } = told({ start: 'b', stop: ['a'] })
  await t.rejects(runUntil(new AbortController().signal, services), {
    name: 'AggregateError',
    errors: [{ message: 'start b' }, { message: 'stop a' }],
  })
})

t.test('a stack stops what was added, once', async (t) => {
  const { log, services } = told()
  const stack = new ServiceStack()
  for (const service of services) t.equal(await stack.add(service), service)
  await stack.stop()
  await stack.stop()
  t.same(log.slice(3), ['stop c', 'stop b', 'stop a'])
})

t.test('of two that start together, the one that fails is told when the other has ended too', async (t) => {
  const ended: string[] = []
  const takes = async (ms: number, name: string, fault?: string) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    ended.push(name)
    if (fault !== undefined) throw new Error(fault)
    return name
  }
  t.same(await together(takes(20, 'a'), takes(1, 'b')), ['a', 'b'])
  await t.rejects(together(takes(1, 'c', 'no'), takes(20, 'd')), { message: 'no' })
  t.same(ended, ['b', 'a', 'c', 'd'])
})
