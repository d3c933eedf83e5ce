import { glob } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scoreFromCode } from '@hygeia/protocol/news2/score'
import { Aedes } from 'aedes'
import t from 'tap'
import type { FlowNode } from '../../src/pipeline/flow.ts'
import { until } from '../support/until.ts'
import { EditorClient } from './client.ts'
import { editedAgent, PASSWORD } from './support.ts'

t.setTimeout(300_000)

const EXAMPLES = fileURLToPath(new URL('../../src/nodes/examples', import.meta.url))
const LIBRARY = '/library/examples/flows/@hygeia/node-red-vitals'
const LIMIT_MS = 60_000
const BELT = { name: 'belt', kind: 'ads1115', address: '0x4a', frontEnd: 'none', readyLine: 23 }
/** One of each chip that an example has. */
const SENSORS = [
  {
    name: 'oximeter',
    kind: 'max32664',
    resetLine: 4,
    mfioLine: 17,
    channels: [
      { channel: 'pulse', from: 'heart-rate' },
      { channel: 'spo2', from: 'spo2' },
    ],
  },
  {
    name: 'thermometer',
    kind: 'tmp117',
    address: '0x48',
    channels: [{ channel: 'skin-temperature', from: 'temperature' }],
  },
  {
    name: 'ecg',
    kind: 'ads1115',
    readyLine: 22,
    leadOffLines: [5, 6],
    channels: [{ channel: 'ecg-ii', from: 'voltage' }],
  },
  { ...BELT, channels: [{ channel: 'respiration', from: 'voltage' }] },
  {
    name: 'event-button',
    kind: 'button',
    line: 27,
    channels: [{ channel: 'patient-event', from: 'press' }],
  },
]
/** The patient calls so long after the start: the first example is deployed by then. */
const CALL_MS = 15_000
/** In place of a minute. */
const SOON = { windowSec: 2 }

interface Told {
  readonly topic: string
  readonly text: string
  readonly retain: boolean
}

/** A broker at home, and all that was told there. */
async function homeBroker(t: { teardown(work: () => unknown): unknown }) {
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()))
    server.close()
  })
  const told: Told[] = []
  broker.on('publish', ({ topic, payload, retain }, client) => {
    if (client !== null) told.push({ topic, text: payload.toString(), retain })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const say = (topic: string, json: unknown) =>
    new Promise<void>((resolve) =>
      broker.publish(
        {
          cmd: 'publish',
          topic,
          payload: Buffer.from(JSON.stringify(json)),
          qos: 0,
          dup: false,
          retain: false,
        },
        () => resolve(),
      ),
    )
  const last = (topic: string) => told.findLast((one) => one.topic === topic)
  return { port: address.port, told, say, last }
}

t.test('every example is offered, imports, deploys and does what it says', async (t) => {
  const home = await homeBroker(t)
  const { agent, url, patient, hospital } = await editedAgent(t, {
    sensors: SENSORS,
    simulation: {
      source: { kind: 'noise' },
      feeds: { 'event-button': { presses: [CALL_MS] } },
      time: { startUnixMs: Date.UTC(2025, 0, 1), speed: 1 },
    },
  })
  const begunAt = performance.now()
  const client = new EditorClient(url)
  await client.logIn(PASSWORD)
  const { nodes: own } = await client.flow()
  const recorded = (channel: string) =>
    hospital.batches.flatMap(({ batch }) =>
      patient
        .open(batch)
        .columns.flatMap((column) => (column.channel === channel ? column.samples : []))
        .flatMap((sample) => ('value' in sample ? [sample.value] : [])),
    )
  const names: string[] = []
  for await (const file of glob('*.json', { cwd: EXAMPLES })) names.push(basename(file, '.json'))
  const offered = (await client.get(`${LIBRARY}/`)) as { fn: string }[]
  t.same(offered.map(({ fn }) => fn).toSorted(), names.toSorted())
  const tried = new Set<string>()

  /** As a person would: import it, use this broker, draw the wires that it asks for, deploy. */
  const deploy = async (name: string, changes: Record<string, object> = {}) => {
    tried.add(name)
    const text = await client.get(`${LIBRARY}/${encodeURIComponent(name)}`)
    const imported = (text as FlowNode[]).map((node) => ({ ...node, ...changes[node.id] }) as FlowNode)
    t.equal(new Set(imported.map(({ id }) => id)).size, imported.length, 'each node has a name of its own')
    const isWhole = imported.some(({ type }) => type === 'hygeia-uplink')
    const category = (wires: FlowNode['wires']) => wires?.flat().length === 0
    const wired = imported.map((node) => {
      if (node.type === 'mqtt-broker') return { ...node, port: String(home.port) }
      if (node.type === 'hygeia-record' && category(node.wires))
        return { ...node, wires: [['hygeia-uplink']] }
      if (node.type === 'hygeia-reading-in' && category(node.wires)) {
        return { ...node, wires: [['hygeia-record-vitals']] }
      }
      return node
    })
    const before = isWhole
      ? own.map((node) => (node.type === 'tab' ? { ...node, disabled: true } : node))
      : own
    const runs = agent.output.split('another pipeline runs').length
    t.equal(await client.deploy([...before, ...wired]), 204, name)
    await until(`${name} runs`, () => agent.output.split('another pipeline runs').length > runs, LIMIT_MS)
  }

  await deploy('Alarms on a light')
  t.ok(performance.now() - begunAt < CALL_MS, 'the patient did not call before')
  const light = 'zigbee2mqtt/bedside light/set'
  await until('the light is on', () => home.last(light)?.text.includes('"ON"') === true, 2 * LIMIT_MS)
  t.match(JSON.parse(home.last(light)?.text ?? ''), { color: { hex: '#FF0000' } })
  await home.say('zigbee2mqtt/bedside button', { action: 'single' })
  await until('it is seen', () => home.last(light)?.text.includes('"OFF"') === true, LIMIT_MS)

  await deploy('Home Assistant by MQTT discovery')
  const config = 'homeassistant/sensor/hygeia_skin_temperature/config'
  await until('an entity is announced', () => home.last(config) !== undefined, LIMIT_MS)
  t.equal(home.last(config)?.retain, true)
  const entity = JSON.parse(home.last(config)?.text ?? '')
  t.match(entity, { device_class: 'temperature', unit_of_measurement: '°C', state_class: 'measurement' })
  await until('its state', () => home.last(entity.state_topic) !== undefined, LIMIT_MS)
  t.ok(Number(home.last(entity.state_topic)?.text) > 20)
  await until('spo2', () => home.last('homeassistant/sensor/hygeia_spo2/config') !== undefined, LIMIT_MS)

  await deploy('Median in place of raw values', { 'median-record-vitals': SOON })
  const medians = recorded('skin-temperature').length
  await until('medians arrive', () => recorded('skin-temperature').length > medians + 3, LIMIT_MS)

  await deploy('Zigbee2MQTT thermometer', { 'zigbee-record': SOON })
  await until(
    'the room is recorded',
    async () => {
      await home.say('zigbee2mqtt/room thermometer', { temperature: 21.5, humidity: 44, battery: 90 })
      return recorded('room-temperature').includes(21.5) && recorded('room-humidity').includes(44)
    },
    LIMIT_MS,
  )

  await deploy('Blood pressure typed by hand')
  t.equal(await client.press('typed-in'), 200)
  await until('it is recorded', () => recorded('systolic').includes(128), LIMIT_MS)
  t.ok(recorded('diastolic').includes(76))

  // No serial port is here: a line that a cuff would write is typed instead. 16.0 and 10.0 kPa.
  await deploy('Blood pressure cuff by Bluetooth', {
    'cuff-in': {
      type: 'inject',
      props: [{ p: 'payload' }],
      payloadType: 'str',
      payload: '01 A0F0 64F0 78F0',
    },
    'cuff-port': { type: 'comment' },
  })
  t.equal(await client.press('cuff-in'), 200)
  await until('it is recorded', () => recorded('systolic').includes(120), LIMIT_MS)
  t.ok(recorded('diastolic').includes(75))

  await deploy('Status by MQTT')
  await until('it is told', () => home.last('hygeia/bedside/status')?.text.includes('"isUp":true') === true)
  t.match(JSON.parse(home.last('hygeia/bedside/status')?.text ?? ''), { away: [], trouble: null })

  await deploy('Heart rate of an ECG', { 'ecg-record-vitals': SOON })
  await until('a heart rate arrives', () => recorded('heart-rate').length > 2, LIMIT_MS)
  t.ok(recorded('rr-interval').length > 0)

  await deploy('Early warning score', { 'news-news2': { isScored: true } })
  for (const one of ['news-awake', 'news-air', 'news-systolic']) t.equal(await client.press(one), 200)
  const isTyped = (code: number) => {
    const points = scoreFromCode(code)?.points
    return points?.consciousness === 0 && points.oxygen === 0 && points.systolic === 0
  }
  await until('a score of what was typed', () => recorded('news2').some(isTyped), LIMIT_MS)

  t.same([...tried].toSorted(), names.toSorted(), 'none was left out')
  t.notMatch(agent.output, /"msg":"a deployed pipeline was not taken"/)
  t.equal(await agent.stop(), 0)
})
