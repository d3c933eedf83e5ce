import { ICU_VITALS, Recording, readRecording } from '@hygeia/agent/simulation/recording'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const at = (ms: number) => ms as MonotonicMs

t.test('the value at an instant is that of the row in force', async (t) => {
  const recording = Recording.parse('minute,hr,spo2\n0,62.8,\n1,,97.4\n3,60,98\n')
  const [hr, spo2] = [recording.signal('hr', at(1_000)), recording.signal('spo2', at(1_000))]
  t.equal(hr(at(999)), undefined, 'before it begins')
  t.equal(hr(at(1_000)), 62.8)
  t.equal(hr(at(60_999)), 62.8)
  t.equal(hr(at(61_000)), undefined, 'an empty field is no value')
  t.equal(spo2(at(61_000)), 97.4)
  t.equal(spo2(at(180_999)), 97.4, 'a row lasts until the next')
  t.equal(spo2(at(181_000)), 98)
  t.equal(recording.durationMs, 300_000, 'the last row lasts as long as the one before')
  t.equal(spo2(at(301_000)), undefined)
})

t.test('lines may end as on another system', async (t) => {
  const recording = Recording.parse('second,v\r\n0,1\r\n1,2\r\n')
  t.equal(recording.length, 2)
  t.equal(recording.signal('v', at(0))(at(1_500)), 2)
})

t.test('a recording that does not parse names its line', async (t) => {
  const cases = [
    ['hour,v\n0,1\n', 1],
    ['minute\n0\n', 1],
    ['', 1],
    ['minute,v\n0,1\n1,x\n', 3],
    ['minute,v\n0,1\n1,1e3\n', 3],
    ['minute,v\n0,1\n0,2\n', 3],
    ['minute,v\n0,1,2\n', 2],
    ['minute,v\n,1\n', 2],
    ['minute,v\n\n0,1\n', 2],
  ] as const
  for (const [text, line] of cases) {
    t.throws(
      () => Recording.parse(text),
      { code: 'RECORDING_MALFORMED', detail: { line } },
      JSON.stringify(text),
    )
  }
})

t.test('a column that is not there is refused with those that are', async (t) => {
  const recording = Recording.parse('ms,a,b\n0,1,2\n')
  t.throws(() => recording.signal('c', at(0)), { code: 'COLUMN_MISSING', detail: { found: ['a', 'b'] } })
})

t.test('the ICU recording has the counts of its description', async (t) => {
  const recording = await readRecording(ICU_VITALS)
  t.equal(recording.length, 1_936)
  t.equal(recording.durationMs, 1_936 * 60_000)
  const present = (column: string) => {
    const signal = recording.signal(column, at(0))
    return Array.from({ length: 1_936 }, (_, minute) => signal(at(minute * 60_000))).filter(
      (v) => v !== undefined,
    ).length
  }
  t.equal(present('heart_rate_bpm'), 1_890)
  t.equal(present('spo2_percent'), 1_573)
})
