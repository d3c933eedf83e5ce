import { SamplingConfig, SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import t from 'tap'

const hub = {
  name: 'finger',
  kind: 'max32664',
  resetLine: 17,
  mfioLine: 27,
  channels: [
    { channel: 'heart-rate', from: 'heart-rate' },
    { channel: 'spo2', from: 'spo2', periodMs: 60_000 },
  ],
} as const
const skin = {
  name: 'skin',
  kind: 'tmp117',
  address: '0x48',
  channels: [{ channel: 'skin-temperature', from: 'temperature' }],
} as const

/** Where, and what about it, parsing complains. */
function problems(sensors: unknown) {
  return (SensorsConfig.safeParse(sensors).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )
}

t.test('what is left out has a default', async (t) => {
  const [finger, thermometer] = SensorsConfig.parse([hub, skin])
  t.match(finger, {
    bus: 1,
    address: 0x55,
    minConfidence: 70,
    channels: [{ periodMs: 1_000 }, { periodMs: 60_000 }],
  })
  t.match(thermometer, { address: 0x48, channels: [{ channel: { loinc: ['39106-0'] } }] })
  t.same(SamplingConfig.parse({}), {
    gpioChip: 'pinctrl-bcm2835',
    synchronisation: 'timesyncd',
    queueLimit: 1_024,
  })
})

t.test('every field at fault is named', async (t) => {
  t.same(
    problems([
      { ...hub, resetLine: -1, channels: [{ channel: 'heartrate', from: 'heart-rate' }] },
      { ...skin, address: '0x80', volume: 11, channels: [{ channel: 'spo2', from: 'spo2', periodMs: 1 }] },
    ]).map((problem) => problem.split(':')[0]),
    ['0.resetLine', '0.channels.0.channel', '1.address', '1.channels.0.from', '1.channels.0.periodMs', '1'],
  )
})

t.test('two sensors share no name, address, line or channel', async (t) => {
  const second = { ...hub, name: 'skin', channels: [{ channel: 'heart-rate', from: 'heart-rate' }] }
  t.same(problems([hub, skin, second]), [
    '2.name: name skin is used twice',
    '2.address: address 85 on bus 1 is used twice',
    '2.resetLine: GPIO 17 is used twice',
    '2.mfioLine: GPIO 27 is used twice',
    '2.channels.0.channel: channel heart-rate is used twice',
  ])
  t.same(
    problems([
      { ...skin, bus: 0 },
      { ...skin, name: 'room', bus: 1, channels: [{ channel: 'room-temperature', from: 'temperature' }] },
    ]),
    [],
  )
})

t.test('an ADS1115 has one input with its line, or several in turn', async (t) => {
  const adc = (fields: object, ...froms: string[]) => ({
    name: 'adc',
    kind: 'ads1115',
    ...fields,
    channels: froms.map((from, place) => ({ channel: ['ecg-i', 'respiration'][place], from })),
  })
  t.same(problems([adc({}, 'voltage')]), [])
  t.same(problems([adc({ readyLine: 5 }, 'voltage')]), [])
  const inputs = { a0: {}, a1: { frontEnd: 'none' } }
  t.same(problems([adc({ inputs }, 'a0', 'a1')]), [])
  t.same(problems([adc({ inputs, readyLine: 5 }, 'a0', 'a2')]), [
    '0.readyLine: is for one input, without inputs',
    '0.channels.1.from: not one of a0, a1',
  ])
  t.same(problems([adc({ inputs: {} }, 'a0')]), [
    '0.inputs: names no input',
    '0.channels.0.from: not one of ',
  ])
  t.match(problems([adc({ rangeV: 3.3 }, 'voltage')]), [/^0.rangeV/])
})

t.test('a simulation that waits for nothing cannot go on where real time is', async (t) => {
  const source = { kind: 'recording' }
  const at = { startUnixMs: 1_700_000_000_000, begunUnixMs: 1_800_000_000_000 }
  t.ok(SimulationConfig.safeParse({ source, time: { ...at, speed: 2_000 } }).success)
  t.notOk(SimulationConfig.safeParse({ source, time: { ...at, speed: 'max' } }).success)
})
