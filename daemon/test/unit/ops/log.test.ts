import { join } from 'node:path'
import { createLog } from '@hygeia/runtime/log'
import t from 'tap'
import { brokenAt, OperationsLog } from '../../../src/ops/log.ts'
import { HandClock } from '../support/hand-clock.ts'
import { scratch } from '../support/scratch.ts'

const act = (subject: string) => ({ by: 'command-line', act: 'asked', about: 'staff', subject })

async function opened(path: string, limit?: number) {
  const deps = { clock: new HandClock(), log: createLog('test', 'silent') }
  const log = new OperationsLog({ path, reserveBytes: 0, ...(limit !== undefined && { limit }) }, deps)
  await log.start()
  return log
}

t.test('entries follow one another, also over a restart', async (t) => {
  const path = join(await scratch(t), 'log')
  const first = await opened(path)
  await Promise.all(['a', 'b', 'c'].map((subject) => first.append(act(subject))))
  await first.stop()
  const second = await opened(path)
  await second.append(act('d'))
  const entries = await second.page(undefined, 10)
  t.same(
    entries.map(({ index, subject }) => [index, subject]),
    [
      [4, 'd'],
      [3, 'c'],
      [2, 'b'],
      [1, 'a'],
    ],
  )
  t.equal(entries.at(-1)?.previous, '0'.repeat(64))
  t.equal(brokenAt(entries), undefined)
  t.equal(brokenAt(entries.filter(({ index }) => index !== 3)), 4, 'one that was taken out is missed')
  t.same(
    (await second.page(3, 10)).map(({ index }) => index),
    [2, 1],
  )
  await second.stop()
})

t.test('only so many are kept, and only so much of each', async (t) => {
  const path = join(await scratch(t), 'log')
  const log = await opened(path, 10)
  for (let index = 0; index < 25; index++) await log.append(act('x'.repeat(1_000)))
  const entries = await log.page(undefined, 100)
  t.same(
    entries.map(({ index }) => index),
    [25, 24, 23, 22, 21, 20, 19, 18, 17, 16],
  )
  t.equal(entries[0]?.subject.length, 256)
  t.equal(brokenAt(entries), undefined)
  await log.stop()
})
