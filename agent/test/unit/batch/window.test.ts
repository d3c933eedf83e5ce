import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { splitAtMonths, Windows } from '../../../src/batch/window.ts'
import { sample } from '../../support/line.ts'

const MINUTE = 60_000
const windowMs = { vitals: MINUTE, ecg: 10_000, activity: MINUTE, environment: MINUTE, alert: 0 }

function make(maxSamples = 1_000) {
  let id = 0
  return new Windows({ windowMs, maxSamples }, { nextId: () => ++id })
}

t.test('a window spans less than its time, and is closed by the first sample that is beyond', async (t) => {
  const windows = make()
  for (let second = 0; second < 60; second++) t.same(windows.push(sample('pulse', second * 1_000, 60)), [])
  const [closed] = windows.push(sample('pulse', MINUTE, 60))
  t.match(closed, { category: 'vitals', samples: { length: 60 } })
  t.match(windows.open, [{ samples: { length: 1 } }])
})

t.test('categories have windows of their own; time that passes in one closes the others', async (t) => {
  const windows = make()
  windows.push(sample('ecg-ii', 0, 1))
  windows.push(sample('pulse', 0, 60))
  t.match(windows.push(sample('pulse', 10_000, 60)), [{ category: 'ecg' }])
  t.match(windows.advance(MINUTE as MonotonicMs), [{ category: 'vitals', samples: { length: 2 } }])
  t.same(windows.open, [])
})

t.test('an alert is a window at once', async (t) => {
  const windows = make()
  t.match(windows.push(sample('patient-event', 5, 1)), [{ category: 'alert', samples: { length: 1 } }])
})

t.test('a window has so many samples at most', async (t) => {
  const windows = make(3)
  const closed = Array.from({ length: 7 }, (_, at) => windows.push(sample('ecg-ii', at, 1))).flat()
  t.same(
    closed.map(({ samples }) => samples.length),
    [3, 3],
  )
  t.match(windows.flush(), [{ samples: { length: 1 } }])
  t.same(windows.flush(), [])
})

t.test('a window of an earlier process goes on', async (t) => {
  const windows = make()
  windows.resume({ id: 77, category: 'vitals', samples: [sample('pulse', 1_000, 60)] })
  t.same(windows.push(sample('pulse', 60_999, 60)), [])
  t.match(windows.push(sample('pulse', 61_000, 60)), [{ id: 77, samples: { length: 2 } }])
})

t.test('samples are split where a month ends, and not at all without a clock', async (t) => {
  const offset = Date.UTC(2025, 2, 1)
  const samples = [-2, -1, 0, 1].map((at) => sample('pulse', 10 + at, 60))
  t.same(
    splitAtMonths(samples, offset - 10).map((piece) => piece.length),
    [2, 2],
  )
  t.same(
    splitAtMonths(samples, undefined).map((piece) => piece.length),
    [4],
  )
  t.same(
    splitAtMonths(samples, offset).map((piece) => piece.length),
    [4],
  )
  t.same(splitAtMonths([], offset), [])
})
