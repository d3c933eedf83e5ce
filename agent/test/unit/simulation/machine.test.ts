import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import { Sampler } from '@hygeia/agent/sampling/sampler'
import { buildSensors } from '@hygeia/agent/sampling/sensors'
import { simulatedMachine } from '@hygeia/agent/simulation/machine'
import type { Sample } from '@hygeia/protocol/sample'
import { sleep } from '@hygeia/runtime/clock'
import t from 'tap'

const START = Date.UTC(2026, 0, 1)
const never = new AbortController().signal

const SENSORS = SensorsConfig.parse([
  {
    name: 'finger',
    kind: 'max32664',
    resetLine: 17,
    mfioLine: 27,
    channels: [
      { channel: 'heart-rate', from: 'heart-rate' },
      { channel: 'spo2', from: 'spo2' },
    ],
  },
  {
    name: 'skin',
    kind: 'tmp117',
    address: '0x48',
    channels: [{ channel: 'skin-temperature', from: 'temperature' }],
  },
  { name: 'button', kind: 'button', line: 22, channels: [{ channel: 'patient-event', from: 'press' }] },
])

const ROOM = SensorsConfig.parse([
  {
    name: 'room',
    kind: 'bme280',
    channels: [
      { channel: 'room-temperature', from: 'temperature' },
      { channel: 'room-humidity', from: 'humidity' },
      { channel: 'room-pressure', from: 'pressure' },
    ],
  },
  { name: 'mattress', kind: 'mpu6050', channels: [{ channel: 'movement', from: 'movement' }] },
])

async function play(simulation: object, { seconds }: { seconds: number }, configs = SENSORS) {
  const parsed = SimulationConfig.parse({ time: { startUnixMs: START, speed: 'max' }, ...simulation })
  const machine = await simulatedMachine(configs, parsed)
  const sensors = await buildSensors(configs, machine)
  const endAt = (machine.origin + seconds * 1_000) as typeof machine.origin
  const sampler = new Sampler({ ...machine, endAt, queueLimit: 64 }, { ...machine, sensors })
  const samples: Sample[] = []
  for await (const sample of sampler.samples(never)) samples.push(sample)
  await machine.hal.close()
  return { machine, samples }
}

const valuesOf = (samples: readonly Sample[], channel: string) =>
  samples.filter((sample) => sample.channel === channel).map(({ value, missing }) => value ?? missing)

t.test('the made-up patient is measured every second, without a gap', async (t) => {
  const { samples } = await play({ source: { kind: 'noise', seed: 5 } }, { seconds: 120 })
  for (const channel of ['heart-rate', 'spo2', 'skin-temperature']) {
    const values = valuesOf(samples, channel)
    t.equal(values.filter((value) => typeof value === 'number').length, 120, channel)
    t.ok(new Set(values).size > 3, `${channel} moves`)
  }
})

t.test('the room and the patient’s movement are measured every second, whoever is ill in it', async (t) => {
  for (const source of [{ kind: 'noise', seed: 5 }, { kind: 'recording' }]) {
    const { samples } = await play({ source }, { seconds: 600 }, ROOM)
    const plausible = {
      'room-temperature': [15, 30],
      'room-humidity': [30, 60],
      'room-pressure': [980, 1_050],
      movement: [0, 5],
    }
    for (const [channel, [least = 0, most = 0]] of Object.entries(plausible)) {
      const values = valuesOf(samples, channel).filter((value) => typeof value === 'number')
      t.ok(values.length >= 598, `${channel}: all but where its chip just began`)
      t.ok(
        values.every((value) => least <= value && value <= most),
        `${channel} is between ${least} and ${most}`,
      )
      t.ok(new Set(values).size > 3, `${channel} moves`)
    }
  }
})

const THERMOMETERS = [
  { name: 'skin', kind: 'tmp117', address: '0x48' },
  { name: 'skin', kind: 'lm75', address: '0x4f' },
  { name: 'skin', kind: 'lm75', address: '0x4f', resolutionBits: 12 },
  { name: 'skin', kind: 'mlx90614' },
] as const
t.test('whichever thermometer there is measures the same skin, in its own steps', async (t) => {
  const means: number[] = []
  for (const thermometer of THERMOMETERS) {
    const channels = [{ channel: 'skin-temperature', from: 'temperature' }]
    const configs = SensorsConfig.parse([{ ...thermometer, channels }])
    const { samples } = await play({ source: { kind: 'noise', seed: 5 } }, { seconds: 120 }, configs)
    const values = valuesOf(samples, 'skin-temperature').filter((value) => typeof value === 'number')
    t.ok(values.length >= 119, `${thermometer.kind} has a value each second`)
    means.push(values.reduce((sum, value) => sum + value, 0) / values.length)
  }
  const [reference = Number.NaN] = means
  t.ok(
    means.every((mean) => Math.abs(mean - reference) <= 0.5),
    'within the coarsest step',
  )
})

t.test('a recording of one row a second is sampled row by row', async (t) => {
  const file = join(t.testdir(), 'walk.csv')
  const rows = Array.from({ length: 60 }, (_, second) => [
    second,
    60 + second / 10,
    90 + (second % 100) / 10,
    30 + second / 8,
  ])
  await writeFile(
    file,
    `second,heart_rate_bpm,spo2_percent,celsius\n${rows.map((row) => row.join()).join('\n')}\n`,
  )
  const feeds = { skin: { temperature: 'celsius' } }
  const { samples } = await play({ source: { kind: 'recording', file }, feeds }, { seconds: 60 })
  const column = (index: number) => rows.map((row) => row[index])
  t.same(valuesOf(samples, 'heart-rate'), column(1))
  t.same(valuesOf(samples, 'spo2'), column(2))
  t.same(valuesOf(samples, 'skin-temperature'), column(3))
})

t.test('presses come at their time, once debounced', async (t) => {
  const feeds = { button: { presses: [1_500, 4_200] } }
  const { machine, samples } = await play({ source: { kind: 'noise' }, feeds }, { seconds: 6 })
  t.same(
    samples
      .filter(({ channel }) => channel === 'patient-event')
      .map(({ at, value }) => [at - machine.origin, value]),
    [
      [1_530, 1],
      [4_230, 1],
    ],
  )
})

t.test(
  'a hub that is unplugged for a while leaves errors where it was away, and numbers around',
  async (t) => {
    const parsed = SimulationConfig.parse({
      source: { kind: 'noise' },
      time: { startUnixMs: START, speed: 'max' },
    })
    const machine = await simulatedMachine(SENSORS, parsed)
    const sensors = await buildSensors(SENSORS, machine)
    const endAt = (machine.origin + 30_000) as typeof machine.origin
    const sampler = new Sampler({ ...machine, endAt, queueLimit: 64 }, { ...machine, sensors })
    const outage = (async () => {
      await sleep(machine.clock, 15_500, never)
      machine.bus(1).unplug(0x55)
      await sleep(machine.clock, 4_000, never)
      machine.bus(1).replug(0x55)
    })()
    const samples: Sample[] = []
    for await (const sample of sampler.samples(never)) samples.push(sample)
    await outage
    const rates = valuesOf(samples, 'heart-rate')
    t.equal(rates.length, 30)
    t.ok(
      rates.slice(0, 11).every((rate) => typeof rate === 'number'),
      'before',
    )
    t.ok(
      rates.slice(11, 15).every((rate) => rate === 'sensor-error'),
      'while it was away',
    )
    t.ok(
      rates.slice(20).every((rate) => typeof rate === 'number'),
      'soon after it was back',
    )
    t.ok(
      valuesOf(samples, 'skin-temperature').every((celsius) => typeof celsius === 'number'),
      'the other chip',
    )
  },
)

t.test('the ledger has every value that a chip handed out', async (t) => {
  const ledgerFile = join(t.testdir(), 'ledger.jsonl')
  const { samples } = await play({ source: { kind: 'noise' }, ledgerFile }, { seconds: 20 })
  const entries = (await readFile(ledgerFile, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { sensor: string; bytes: string; atUnixMs: number })
  const skin = entries
    .filter(({ sensor }) => sensor === 'skin')
    .map(({ bytes }) => Number.parseInt(bytes, 16) / 128)
  t.same(skin, valuesOf(samples, 'skin-temperature'))
  const rates = entries
    .filter(({ sensor }) => sensor === 'finger')
    .map(({ bytes }) => Number.parseInt(bytes.slice(0, 4), 16) / 10)
  // The hub's backlog from before the first sample was read and thrown away.
  t.same(rates.slice(-20), valuesOf(samples, 'heart-rate'))
  t.ok(entries.every(({ atUnixMs }) => atUnixMs >= START && atUnixMs < START + 20_000))
})

t.test('the quantities of a sensor may play other columns, and unknown ones are refused', async (t) => {
  const feeds = { skin: { temperature: 'respiratory_rate_per_min' } }
  const { samples } = await play({ source: { kind: 'recording' }, feeds }, { seconds: 1 })
  t.same(valuesOf(samples, 'skin-temperature'), [23], 'minute 0 of the recording')
  for (const source of [{ kind: 'recording' }, { kind: 'noise' }]) {
    const simulation = SimulationConfig.parse({ source, feeds: { finger: { spo2: 'sp02' } } })
    await t.rejects(simulatedMachine(SENSORS, simulation), {
      code: 'COLUMN_MISSING',
      detail: { column: 'sp02' },
    })
  }
})

t.test('a simulation that goes on in real time is the same boot at a later time', async (t) => {
  const begunUnixMs = Date.now() - 10_000
  const simulation = SimulationConfig.parse({
    source: { kind: 'recording' },
    time: { startUnixMs: START, speed: 100, begunUnixMs },
  })
  const [first, second] = [
    await simulatedMachine(SENSORS, simulation),
    await simulatedMachine(SENSORS, simulation),
  ]
  t.equal(first.boot, second.boot)
  t.equal(first.origin, second.origin)
  // Ten seconds at 100×, less the five until the first sample.
  const passedMs = first.clock.now() - START
  t.ok(passedMs >= 995_000 && passedMs < 1_995_000, `${passedMs} ms after the first sample`)
  t.equal(first.clock.now() - first.clock.monotonic(), second.clock.now() - second.clock.monotonic())

  const fresh = SimulationConfig.parse({
    source: { kind: 'noise' },
    time: { startUnixMs: START, speed: 100 },
  })
  t.not((await simulatedMachine(SENSORS, fresh)).boot, (await simulatedMachine(SENSORS, fresh)).boot)
})

t.test('without a time of its own it lives in this machine’s', async (t) => {
  const machine = await simulatedMachine(SENSORS, SimulationConfig.parse({ source: { kind: 'noise' } }))
  t.ok(Math.abs(machine.clock.now() - Date.now()) < 1_000)
  t.ok(machine.origin > machine.clock.monotonic())
  t.equal(machine.hold, undefined)
  t.equal(machine.endAt, undefined)
})
