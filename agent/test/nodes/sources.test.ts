import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { sample } from '../support/line.ts'
import { nodeBed } from '../support/nodes.ts'
import { until } from '../support/until.ts'

const VITALS = 'hygeia-record-vitals'

t.test('a sensor hands its samples to the user’s nodes, and what is missing with its reason', async (t) => {
  const bed = await nodeBed(t, { changes: { 'hygeia-sensor-oximeter': { wires: [['seen', VITALS]] } } })
  bed.take(sample('spo2', 5, 97))
  bed.take({ channel: sample('pulse', 0, 0).channel, at: 6 as MonotonicMs, missing: 'probe-off' })
  bed.take(sample('skin-temperature', 7, 33))
  await until('two messages', () => bed.messages.length === 2)
  const source = 'hygeia-sensor-oximeter'
  t.match(bed.messages, [
    { topic: 'spo2', payload: 97, hygeia: { source, sensor: 'oximeter', at: 5, suspect: false } },
    { topic: 'pulse', payload: null, hygeia: { source, at: 6, missing: 'probe-off' } },
  ])
  t.equal(bed.recorded.length, 3, 'the wire to the record is the core’s: nothing comes twice')
  t.match(bed.shown(source).at(-1), { fill: 'green', text: 'running' })
  t.match(bed.shown(VITALS).at(-1), { fill: 'green', text: 'running' })
})

t.test('what Node-RED was too busy for is counted at the sensor', async (t) => {
  const bed = await nodeBed(t, { changes: { 'hygeia-sensor-thermometer': { wires: [['seen', VITALS]] } } })
  // No turn of the event loop: nothing is taken meanwhile. The first message leaves at once, 8192 may wait.
  for (let at = 0; at < 8_193 + 40; at++) bed.take(sample('skin-temperature', at, 33))
  await until('it is shown', () => bed.shown('hygeia-sensor-thermometer').at(-1)?.text === '40 dropped')
  await until('the rest came', () => bed.messages.length >= 8_193)
  t.equal(bed.messages.length, 8_193)
  t.equal(bed.messages[1]?.hygeia?.at, 41, 'the oldest went')
  t.equal(bed.recorded.length, 8_233, 'what is recorded is not touched')
})

t.test('a signal derives in the core, and hands on what is derived', async (t) => {
  const bed = await nodeBed(t, {
    sections: {
      sensors: [
        {
          name: 'belt',
          kind: 'ads1115',
          periodMs: 40,
          frontEnd: 'none',
          channels: [{ channel: 'respiration', from: 'voltage' }],
        },
      ],
      signals: [{ kind: 'belt', from: 'respiration', rateHz: 25, respiratoryRate: 'respiratory-rate' }],
    },
    changes: { 'hygeia-signal-1': { wires: [['seen', VITALS]] } },
  })
  const BREATHS = 15
  for (let at = 0; at <= 60_000; at += 40) {
    bed.take(sample('respiration', at, 1_000_000 + 50_000 * Math.sin((2 * Math.PI * BREATHS * at) / 60_000)))
  }
  await until('a rate', () => typeof bed.messages.at(-1)?.payload === 'number')
  const last = bed.messages.at(-1)
  t.match(last, { topic: 'respiratory-rate', hygeia: { source: 'hygeia-signal-1', from: 'respiration' } })
  t.ok(Math.abs(Number(last?.payload) - BREATHS) < 1, `${last?.payload} breaths a minute`)
  t.equal(bed.messages.filter(({ topic }) => topic === 'respiration').length, 0, 'the waveform stays')
})
