import t from 'tap'
import { channelNamed } from '../../src/channel.ts'
import { toSample } from '../../src/to-sample.ts'
import type { MonotonicMs } from '../../src/units.ts'

const at = 5_000 as MonotonicMs
const heartRate = channelNamed('heart-rate')

t.test('a value goes to the nearest step of its channel', async (t) => {
  t.same(toSample(heartRate, at, { value: 62.8 }), { channel: 'heart-rate', at, value: 62.8 })
  t.same(toSample(heartRate, at, { value: 62.84999 }), { channel: 'heart-rate', at, value: 62.8 })
  const skin = channelNamed('skin-temperature')
  t.same(toSample(skin, at, { value: 33.5234375 }), { channel: 'skin-temperature', at, value: 33.5234375 })
})

t.test('a value that no such sensor can measure is kept and marked', async (t) => {
  // Heart rate: 20 to 300, inclusive.
  t.same(toSample(heartRate, at, { value: 11.5 }), { channel: 'heart-rate', at, value: 11.5, suspect: true })
  t.same(toSample(heartRate, at, { value: 300.1 }), {
    channel: 'heart-rate',
    at,
    value: 300.1,
    suspect: true,
  })
  t.same(toSample(heartRate, at, { value: 20 }), { channel: 'heart-rate', at, value: 20 })
  t.same(toSample(heartRate, at, { value: 300 }), { channel: 'heart-rate', at, value: 300 })
})

t.test('a missing value keeps its reason, and what is no number is an error of the sensor', async (t) => {
  t.same(toSample(heartRate, at, { missing: 'probe-off' }), {
    channel: 'heart-rate',
    at,
    missing: 'probe-off',
  })
  t.same(toSample(heartRate, at, { value: Number.NaN }), {
    channel: 'heart-rate',
    at,
    missing: 'sensor-error',
  })
})
