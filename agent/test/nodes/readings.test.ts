import t from 'tap'
import { sample } from '../support/line.ts'
import { nodeBed } from '../support/nodes.ts'
import { until } from '../support/until.ts'

const VITALS = 'hygeia-record-vitals'
const reading = (fields: object) => ({
  id: 'in',
  type: 'hygeia-reading-in',
  z: 'hygeia-bedside',
  channel: 'systolic',
  property: 'payload',
  factor: '1',
  wires: [[VITALS, 'seen']],
  ...fields,
})

t.test('a number of any source is recorded under its channel, in its unit', async (t) => {
  const bed = await nodeBed(t, { more: [reading({ property: 'payload.kpa', factor: '7.50062' })] })
  bed.send('in', { payload: { kpa: '16' } })
  await until('it is recorded', () => bed.recorded.length === 1)
  t.match(bed.recorded[0], { channel: 'systolic', value: 120 })
  t.match(bed.shown('in').at(-1), { fill: 'green', text: 'reading' })
  t.match(bed.messages[0], { topic: 'systolic', hygeia: { source: 'in' } })
})

t.test('channel and factor may be the message’s', async (t) => {
  const fields = { channel: 'topic', channelType: 'msg', factor: 'scale', factorType: 'msg' }
  const bed = await nodeBed(t, { more: [reading(fields)] })
  bed.send('in', { topic: 'diastolic', payload: 8, scale: 10 })
  await until('it is recorded', () => bed.recorded.length === 1)
  t.match(bed.recorded[0], { channel: 'diastolic', value: 80 })
  bed.send('in', { topic: 'nothing', payload: 8, scale: 10 })
  await until('it says so', () => bed.shown('in').at(-1)?.text === 'no channel')
  bed.send('in', { topic: 'diastolic', payload: 8, scale: 0 })
  await until('it says so', () => bed.shown('in').at(-1)?.text === 'no factor')
  bed.send('in', { topic: 'diastolic', payload: 'eighty', scale: 10 })
  await until('it says so', () => bed.shown('in').at(-1)?.text === 'no number')
  t.equal(bed.recorded.length, 1)
})

t.test('what cannot be measured is kept and marked suspect', async (t) => {
  const bed = await nodeBed(t, { more: [reading({})] })
  bed.send('in', { payload: 400 })
  await until('it is recorded', () => bed.recorded.length === 1)
  t.match(bed.recorded[0], { channel: 'systolic', suspect: true })
  t.match(bed.shown('in').at(-1), { fill: 'yellow', text: 'suspect' })
})

t.test('a record refuses what is no reading, and what the core or another node records', async (t) => {
  const bed = await nodeBed(t, { more: [reading({})] })
  const shows = (text: RegExp) => async () => text.test(bed.shown(VITALS).at(-1)?.text ?? '')
  bed.send(VITALS, { topic: 'systolic', payload: 'a lot' })
  await until('no number', shows(/no number/))
  bed.send(VITALS, { payload: 1 })
  await until('no channel', shows(/no channel/))
  bed.send(VITALS, { topic: 'nothing', payload: 1 })
  await until('an unknown one', shows(/^1 unknown_channel/))
  bed.send(VITALS, { topic: 'pulse', payload: 60 })
  await until('the core’s own', shows(/^2 recorded_raw/))
  bed.send('in', { payload: 120 })
  await until('it is recorded', () => bed.recorded.length === 1)
  bed.send(VITALS, { topic: 'systolic', payload: 130 })
  await until('another’s', shows(/^3 other_source/))
  bed.send('hygeia-record-alert', { topic: 'alarm', payload: 1 })
  await until('an alarm', async () =>
    /recorded_raw/.test(bed.shown('hygeia-record-alert').at(-1)?.text ?? ''),
  )
  t.equal(bed.recorded.length, 1)
})

/** The thermometer through a node of the user's. */
const through = (raw: string) => ({
  changes: { 'hygeia-sensor-thermometer': { wires: [['fn']] }, [VITALS]: { raw } },
  more: [{ id: 'fn', type: 'helper', z: 'hygeia-bedside', wires: [[VITALS]] }],
})

t.test('what replaces the raw values is recorded in their place, changed or not', async (t) => {
  const bed = await nodeBed(t, through('replaced'))
  bed.answer('fn', (message) => (message.payload === 33 ? message : { ...message, payload: 20 }))
  bed.take(sample('skin-temperature', 1_000, 33))
  bed.take(sample('skin-temperature', 2_000, 90))
  await until('both came back', () => bed.recorded.length === 2)
  t.match(bed.recorded, [
    { at: 1_000, value: 33 },
    { at: 2_000, value: 20 },
  ])
})

t.test('where raw values are recorded beside, what comes back under their channel is not', async (t) => {
  const bed = await nodeBed(t, through('beside'))
  bed.answer('fn', (message) => (message.payload === 33 ? message : { ...message, payload: 20 }))
  bed.take(sample('skin-temperature', 1_000, 33))
  bed.take(sample('skin-temperature', 2_000, 90))
  await until('it says so', () => /^1 recorded_raw/.test(bed.shown(VITALS).at(-1)?.text ?? ''))
  t.match(bed.recorded, [{ value: 33 }, { value: 90 }])
})
