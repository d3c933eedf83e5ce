import { MINUTE_MS } from '@hygeia/protocol/units'
import t from 'tap'
import { sample } from '../support/line.ts'
import { type NodeBed, nodeBed } from '../support/nodes.ts'
import { until } from '../support/until.ts'

const ALERT = 'hygeia-alert'
const NEWS2 = 'hygeia-news2'
const seen = { wires: [['seen', 'hygeia-record-alert']] }
const news2 = { isSixteenOrOver: true, isPregnant: false }

/** A minute of an oximeter. */
function minute(bed: NodeBed, from: number, { pulse, spo2 }: { pulse: number; spo2: number }): void {
  for (let at = from; at < from + MINUTE_MS; at += 1_000) {
    bed.take(sample('pulse', at, pulse))
    bed.take(sample('spo2', at, spo2))
  }
}
const scores = (bed: NodeBed) => bed.messages.map(({ payload }) => payload as Record<string, unknown>)

t.test('an incomplete score says at least what, and never has a band', async (t) => {
  const bed = await nodeBed(t, { sections: { alerts: { news2 } }, changes: { [NEWS2]: seen } })
  // 3 points for the pulse, 1 for the saturation: charts 1 of NEWS2.
  minute(bed, 0, { pulse: 135, spo2: 95 })
  bed.take(sample('pulse', MINUTE_MS, 135))
  await until('a score', () => bed.messages.length === 1)
  const [score] = scores(bed)
  t.match(score, { text: '≥ 4 (2 of 7)', atLeast: 4, known: 2, isComplete: false, hasThree: true })
  t.match(score?.points, { pulse: 3, spo2: 1, systolic: undefined })
  t.notOk(score !== undefined && ('risk' in score || 'score' in score))
  t.match(bed.shown(NEWS2).at(-1), { fill: 'grey', text: '≥ 4 (2 of 7)' })
  t.match(bed.shown('hygeia-record-alert').at(-1), { fill: 'green' }, 'its record passes it over')

  const rest = { 'respiratory-rate': 16, 'body-temperature': 37, systolic: 120, consciousness: 0, oxygen: 0 }
  for (let at = MINUTE_MS + 1_000; at < 2 * MINUTE_MS; at += 1_000) {
    for (const [channel, value] of Object.entries(rest)) bed.take(sample(channel, at, value))
    bed.take(sample('pulse', at, 60))
    bed.take(sample('spo2', at, 97))
  }
  bed.take(sample('pulse', 2 * MINUTE_MS, 60))
  await until('a whole one', () => scores(bed).at(-1)?.isComplete === true)
  t.match(scores(bed).at(-1), { text: '0', score: 0, risk: 'low', known: 7 })
  t.match(bed.shown(NEWS2).at(-1), { fill: 'green', text: '0' })
})

t.test('a patient who is not to be scored is not', async (t) => {
  const bed = await nodeBed(t, {
    sections: { alerts: { news2 } },
    changes: { [NEWS2]: { ...seen, isScored: false } },
  })
  await until('it says so', () => bed.shown(NEWS2).at(-1)?.text === 'not scored')
  minute(bed, 0, { pulse: 135, spo2: 95 })
  minute(bed, MINUTE_MS, { pulse: 135, spo2: 95 })
  t.notOk(bed.recorded.some(({ channel }) => channel === 'news2'))
})

const limits = (delayMs = 0) => ({
  alerts: { thresholds: [{ channel: 'spo2', low: 90, priority: 'high', delayMs }], silenceMs: 5_000 },
})

t.test('an alarm is raised, acknowledged by name, sounds again, and ends', async (t) => {
  const bed = await nodeBed(t, { sections: limits(), changes: { [ALERT]: seen } })
  bed.take(sample('spo2', 1_000, 85))
  await until('it is raised', () => bed.messages.length === 1)
  const alarm = { alarm: 'spo2:low', priority: 'high', class: 'clinical', channel: 'spo2' }
  t.match(bed.messages[0], {
    topic: 'spo2:low',
    payload: { ...alarm, event: 'raised', isAcknowledged: false, active: [{ name: 'spo2:low' }] },
  })
  t.match(bed.shown(ALERT).at(-1), { fill: 'red', text: 'spo2:low' })

  bed.send(ALERT, { payload: 'spo2:low' })
  await until('it is silent', () => bed.messages.length === 2)
  t.match(bed.messages[1]?.payload, { ...alarm, event: 'changed', isAcknowledged: true })
  t.match(bed.shown(ALERT).at(-1), { fill: 'yellow', text: '1 acknowledged' })

  bed.take(sample('spo2', 7_000, 85))
  await until('it sounds again', () => bed.messages.length === 3)
  t.match(bed.messages[2]?.payload, { event: 'changed', isAcknowledged: false })

  bed.take(sample('spo2', 8_000, 96))
  await until('it is over', () => bed.messages.length === 4)
  t.match(bed.messages[3]?.payload, { ...alarm, event: 'ended', active: [] })
  t.match(bed.shown(ALERT).at(-1), { fill: 'green', text: 'no alarm' })
  t.match(bed.shown('hygeia-record-alert').at(-1), { fill: 'green' }, 'its record passes all of it over')
})

t.test('only the name of an alarm that is on acknowledges, or all', async (t) => {
  const bed = await nodeBed(t, { sections: limits(), changes: { [ALERT]: seen } })
  bed.take(sample('spo2', 1_000, 85))
  await until('it is raised', () => bed.messages.length === 1)
  // What a sensor would send, what nobody raised, and nothing.
  for (const payload of [97, true, 'pulse:high', '', undefined]) bed.send(ALERT, { payload })
  bed.take(sample('pulse', 2_000, 60))
  bed.send(ALERT, { payload: 'all' })
  await until('it is silent', () => bed.messages.length > 1)
  t.equal(bed.messages.length, 2, 'by the last one alone')
  t.match(bed.messages[1]?.payload, { isAcknowledged: true })
})

t.test('a node that comes late is told what holds', async (t) => {
  const bed = await nodeBed(t, { sections: limits(), changes: { [ALERT]: seen } })
  bed.take(sample('spo2', 1_000, 85))
  await until('it is raised', () => bed.messages.length === 1)
  const told: unknown[] = []
  bed.line.onSamples('alarm', (one) => told.push(one))
  t.equal(told.length, 1)
  bed.take(sample('spo2', 2_000, 96))
  await until('it is over', () => bed.messages.length === 2)
  const later: unknown[] = []
  bed.line.onSamples('alarm', (one) => later.push(one))
  t.same(later, [])
})
