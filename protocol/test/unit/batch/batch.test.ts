import t from 'tap'
import { toColumns } from '../../../src/batch/batch.ts'
import type { Sample } from '../../../src/sample.ts'

t.test('samples become columns in order of channel number, each in the order taken', async (t) => {
  const taken = [
    ['spo2', 0],
    ['heart-rate', 0],
    ['spo2', 1],
    ['skin-temperature', 1],
    ['heart-rate', 2],
  ].map(([channel, at]) => ({ channel, at, value: 1 })) as unknown as Sample[]
  const columns = toColumns(taken)
  t.same(
    columns.map(({ channel, samples }) => [channel, samples.map(({ at }) => at)]),
    [
      ['heart-rate', [0, 2]],
      ['spo2', [0, 1]],
      ['skin-temperature', [1]],
    ],
  )
  t.same(toColumns([]), [])
})
