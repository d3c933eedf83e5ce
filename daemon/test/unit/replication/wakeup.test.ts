import t from 'tap'
import { Wakeup } from '../../../src/replication/wakeup.ts'

const LONG_MS = 60_000
const elapsed = async (work: () => Promise<void>) => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

t.test('a call that comes while nobody waits is not lost, and counts once', async (t) => {
  const wakeup = new Wakeup()
  wakeup.wake()
  wakeup.wake()
  t.ok((await elapsed(() => wakeup.wait(LONG_MS))) < 1_000)
  t.ok((await elapsed(() => wakeup.wait(30))) >= 25, 'then it waits')
})

t.test('who waits is woken', async (t) => {
  const wakeup = new Wakeup()
  const waiting = elapsed(() => wakeup.wait(LONG_MS))
  setImmediate(wakeup.wake)
  t.ok((await waiting) < 1_000)
})
