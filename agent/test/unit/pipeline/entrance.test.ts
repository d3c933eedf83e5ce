import t from 'tap'
import { Entrance } from '../../../src/pipeline/entrance.ts'

const NOW = 1_000_000
const OLDEST_MS = 600_000
const reading = { value: 120 }

function judged(entrance: Entrance, entered: object, now = NOW) {
  const entry = entrance.judge({ channel: 'systolic', source: 'a', reading, ...entered }, now)
  return entry.outcome === 'refused' ? entry.fault : entry.sample
}

t.test('a reading becomes a sample of now, checked like a sensor’s', async (t) => {
  const entrance = new Entrance()
  t.match(judged(entrance, {}), { channel: 'systolic', at: NOW, value: 120 })
  t.match(judged(entrance, { channel: 'diastolic', reading: { value: 400 } }), { suspect: true })
  t.match(judged(entrance, { channel: 'pulse', reading: { missing: 'probe-off' } }), { missing: 'probe-off' })
  t.equal(judged(entrance, { channel: 'nothing' }), 'UNKNOWN_CHANNEL')
})

t.test('two sources under one channel are told apart until the next deploy', async (t) => {
  const entrance = new Entrance()
  entrance.reset(new Set(['pulse']))
  t.equal(judged(entrance, { channel: 'pulse' }), 'RECORDED_RAW')
  t.match(judged(entrance, {}), { at: NOW })
  t.equal(judged(entrance, { source: 'b' }, NOW + 1), 'OTHER_SOURCE')
  entrance.reset(new Set())
  t.match(judged(entrance, { source: 'b' }, NOW + 1), { at: NOW + 1 })
  t.match(judged(entrance, { channel: 'pulse' }, NOW + 1), { at: NOW + 1 })
})

t.test('times rise, are not to come, and are not long ago', async (t) => {
  const entrance = new Entrance()
  t.equal(judged(entrance, { at: NOW + 1 }), 'OUT_OF_TIME')
  t.equal(judged(entrance, { at: NOW - OLDEST_MS - 1 }), 'OUT_OF_TIME')
  t.match(judged(entrance, { at: NOW - OLDEST_MS }), { at: NOW - OLDEST_MS })
  t.match(judged(entrance, { at: NOW - 5 }), { at: NOW - 5 })
  t.equal(judged(entrance, { at: NOW - 5 }), 'NOT_RISING')
  entrance.reset(new Set())
  t.equal(judged(entrance, { at: NOW - 6 }), 'NOT_RISING', 'a deploy does not turn time back')
})
