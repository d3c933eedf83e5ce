import t from 'tap'
import { type Points, pointsOf } from '../../../src/news2/chart.ts'
import { CONSCIOUSNESS, type Observations } from '../../../src/news2/observations.ts'
import { scoreFromCode, scoreOf, scoreOfPoints, scoreText, scoreToCode } from '../../../src/news2/score.ts'

/** Typed from chart 1 of the RCP's report, column by column: points, first and last value of each box. */
const CHART: readonly (readonly [keyof Observations, number, number, number, Points])[] = [
  ['respiratoryRate', 0, 1, 8, 3],
  ['respiratoryRate', 0, 9, 11, 1],
  ['respiratoryRate', 0, 12, 20, 0],
  ['respiratoryRate', 0, 21, 24, 2],
  ['respiratoryRate', 0, 25, 60, 3],
  ['spo2', 1, 50, 91, 3],
  ['spo2', 1, 92, 93, 2],
  ['spo2', 1, 94, 95, 1],
  ['spo2', 1, 96, 100, 0],
  ['systolic', 3, 40, 90, 3],
  ['systolic', 3, 91, 100, 2],
  ['systolic', 3, 101, 110, 1],
  ['systolic', 3, 111, 219, 0],
  ['systolic', 3, 220, 260, 3],
  ['pulse', 4, 20, 40, 3],
  ['pulse', 4, 41, 50, 1],
  ['pulse', 4, 51, 90, 0],
  ['pulse', 4, 91, 110, 1],
  ['pulse', 4, 111, 130, 2],
  ['pulse', 4, 131, 220, 3],
]

t.test('whole numbers are scored by the chart', async (t) => {
  for (const [name, place, from, to, points] of CHART) {
    for (const value of [from, (from + to) >> 1, to]) {
      t.equal(pointsOf({ [name]: value }, 1)[place], points, `${name} ${value}`)
    }
  }
})

t.test('temperature is scored by tenths of a degree', async (t) => {
  const boxes = [
    [34, 3],
    [35.0, 3],
    [35.1, 1],
    [36.0, 1],
    [36.1, 0],
    [38.0, 0],
    [38.1, 1],
    [39.0, 1],
    [39.1, 2],
    [41.5, 2],
  ] as const
  for (const [temperature, points] of boxes)
    t.equal(pointsOf({ temperature }, 1)[6], points, `${temperature} °C`)
})

t.test('what is measured more finely goes to the nearest step first', async (t) => {
  t.equal(pointsOf({ spo2: 91.4 }, 1)[1], 3)
  t.equal(pointsOf({ spo2: 91.5 }, 1)[1], 2)
  t.equal(pointsOf({ pulse: 90.4 }, 1)[4], 0)
  t.equal(pointsOf({ pulse: 90.5 }, 1)[4], 1)
  t.equal(pointsOf({ temperature: 36.046875 }, 1)[6], 1)
  t.equal(pointsOf({ temperature: 36.0546875 }, 1)[6], 0)
  t.equal(pointsOf({ respiratoryRate: 8.4 }, 1)[0], 3)
})

t.test('SpO2 scale 2 has a target, and asks what is breathed above it', async (t) => {
  const both = [
    [83, 3],
    [84, 2],
    [85, 2],
    [86, 1],
    [87, 1],
    [88, 0],
    [92, 0],
  ] as const
  for (const [spo2, points] of both) {
    for (const breathes of ['air', 'oxygen', undefined] as const) {
      t.equal(pointsOf({ spo2, breathes }, 2)[1], points, `${spo2} % on ${breathes}`)
    }
  }
  for (const spo2 of [93, 95, 97, 100])
    t.equal(pointsOf({ spo2, breathes: 'air' }, 2)[1], 0, `${spo2} % on air`)
  const oxygen = [
    [93, 1],
    [94, 1],
    [95, 2],
    [96, 2],
    [97, 3],
    [100, 3],
  ] as const
  for (const [spo2, points] of oxygen) {
    t.equal(pointsOf({ spo2, breathes: 'oxygen' }, 2)[1], points, `${spo2} % on oxygen`)
    t.equal(pointsOf({ spo2 }, 2)[1], undefined, `${spo2} % on who knows what`)
  }
})

t.test('oxygen is two points, and anything but alert is three', async (t) => {
  t.equal(pointsOf({ breathes: 'oxygen' }, 1)[2], 2)
  t.equal(pointsOf({ breathes: 'air' }, 1)[2], 0)
  t.same(
    CONSCIOUSNESS.map((consciousness) => pointsOf({ consciousness }, 1)[5]),
    [0, 3, 3, 3, 3],
  )
  t.same(pointsOf({}, 1), Array.from({ length: 7 }), 'of what is not known nothing is said')
})

const WELL: Observations = {
  respiratoryRate: 16,
  spo2: 98,
  breathes: 'air',
  systolic: 125,
  pulse: 70,
  consciousness: 'alert',
  temperature: 36.8,
}

t.test('a complete score has a risk', async (t) => {
  const risks = [
    [{}, 0, 'low'],
    [{ respiratoryRate: 22, pulse: 100, spo2: 95 }, 4, 'low'],
    [{ consciousness: 'confusion' }, 3, 'low-medium'],
    [{ consciousness: 'voice', pulse: 95 }, 4, 'low-medium'],
    [{ respiratoryRate: 22, pulse: 112, spo2: 95 }, 5, 'medium'],
    [{ respiratoryRate: 26, pulse: 112, spo2: 95 }, 6, 'medium'],
    [{ respiratoryRate: 26, pulse: 112, spo2: 93 }, 7, 'high'],
    [
      {
        respiratoryRate: 30,
        pulse: 140,
        spo2: 80,
        breathes: 'oxygen',
        systolic: 70,
        consciousness: 'pain',
        temperature: 34,
      },
      20,
      'high',
    ],
  ] as const
  for (const [changes, sum, risk] of risks) {
    t.match(scoreOf({ ...WELL, ...changes }, 1), { atLeast: sum, risk, known: 7 }, `${sum} is ${risk}`)
  }
  t.equal(scoreText(scoreOf(WELL, 1)), '0')
})

t.test('an incomplete score says so, and has none', async (t) => {
  const { systolic, consciousness, breathes, ...measured } = WELL
  const score = scoreOf({ ...measured, spo2: 92 }, 1)
  t.match(score, { known: 4, atLeast: 2, risk: undefined, hasThree: false })
  t.equal(scoreText(score), '≥ 2 (4 of 7)')
  t.match(
    scoreOf({ ...measured, spo2: 85 }, 1),
    { hasThree: true, risk: undefined },
    'three points are seen all the same',
  )
})

t.test('a score is a number on the wire', async (t) => {
  const points = [0, 1, 2, 3, undefined] as const
  for (let turn = 0; turn < 5; turn++) {
    const score = scoreOfPoints(Array.from({ length: 7 }, (_, index) => points[(index + turn) % 5]))
    const code = scoreToCode(score)
    t.ok(Number.isInteger(code) && code >= 0 && code < 2 ** 21)
    t.same(scoreFromCode(code), score)
  }
  t.equal(scoreToCode(scoreOfPoints([1, 0, 0, 0, 0, 0, 0])), 1, 'the first parameter has the lowest bits')
  for (const none of [-1, 0.5, 2 ** 21, 4]) t.equal(scoreFromCode(none), undefined, `${none}`)
})
