import type { Address } from '@hygeia/protocol/ids'
import type { Points } from '@hygeia/protocol/news2/chart'
import { scoreOfPoints } from '@hygeia/protocol/news2/score'
import t from 'tap'
import { byAge, byScore } from '../../../../pages/physician/order.ts'
import type { PatientRow } from '../../../../worker/physician/patients.ts'

const DEVICE = `0x${'d'.repeat(40)}` as Address

/** @param points - of the seven parts; undefined where it is not known; none for no score at all */
function row(
  name: string,
  newestAt: number | undefined,
  points?: readonly (Points | undefined)[],
): PatientRow {
  return {
    patient: name as Address,
    name,
    categories: ['vitals'],
    accessTo: 0,
    dataFrom: 0,
    dataTo: 0,
    emergencyTo: undefined,
    latest: [],
    score: points === undefined ? undefined : { device: DEVICE, at: 0, score: scoreOfPoints(points) },
    alarms: [],
    newestAt,
    trouble: undefined,
  }
}
const names = (rows: readonly PatientRow[]) => rows.map(({ name }) => name)

t.test('complete scores stand from the highest down; incomplete ones and none are apart', async (t) => {
  const { complete, incomplete, none } = byScore([
    row('two', 10, [0, 0, 0, 2, 0, 0, 0]),
    row('at least six', 10, [3, 3, undefined, undefined, undefined, undefined, undefined]),
    row('seven', 10, [1, 1, 1, 1, 1, 1, 1]),
    row('nothing known', 10),
    row('at least one', 10, [1, undefined, 0, 0, 0, 0, 0]),
  ])
  t.same(names(complete), ['seven', 'two'])
  t.same(names(incomplete), ['at least six', 'at least one'])
  t.same(names(none), ['nothing known'])
})

t.test(
  'of one score whoever has three points in one part comes first, then the oldest readings',
  async (t) => {
    const { complete } = byScore([
      row('fresh', 30, [1, 1, 1, 0, 0, 0, 0]),
      row('old', 10, [1, 1, 1, 0, 0, 0, 0]),
      row('three at once', 20, [3, 0, 0, 0, 0, 0, 0]),
    ])
    t.same(names(complete), ['three at once', 'old', 'fresh'])
  },
)

t.test('by age, whoever was not heard for longest is first', async (t) => {
  t.same(names(byAge([row('fresh', 30), row('never', undefined), row('old', 10)])), ['never', 'old', 'fresh'])
})
