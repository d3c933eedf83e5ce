import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { alarmFromCode } from '@hygeia/protocol/alarm/alarm'
import t from 'tap'
import type { FlowNode } from '../../src/pipeline/flow.ts'
import { until } from '../support/until.ts'
import { EditorClient } from './client.ts'
import { editedAgent, PASSWORD } from './support.ts'

t.setTimeout(300_000)

const LIMIT_MS = 60_000
const VITALS = 'hygeia-record-vitals'
const THERMOMETER = 'hygeia-sensor-thermometer'

/** The flow with a function node of the user's on the way from the thermometer to the record. */
const through = (nodes: readonly FlowNode[], func: string, raw = 'beside') => [
  ...nodes
    .filter(({ id }) => id !== 'fn')
    .map((node) => {
      if (node.id === THERMOMETER) return { ...node, wires: [['fn']] }
      return node.id === VITALS ? { ...node, raw } : node
    }),
  { id: 'fn', type: 'function', z: 'hygeia-bedside', func, outputs: 1, x: 300, y: 300, wires: [[VITALS]] },
]

t.test(
  'a deploy becomes the pipeline; one that is none changes nothing; a spinning node harms nobody',
  async (t) => {
    const { agent, folder, url, patient, hospital } = await editedAgent(t)
    const pipeline = () => readFile(join(folder, 'pipeline.json'), 'utf8').catch(() => undefined)
    const recorded = (channel: string) =>
      hospital.batches.flatMap(({ batch }) =>
        patient.open(batch).columns.flatMap((column) => (column.channel === channel ? column.samples : [])),
      )
    const client = new EditorClient(url)
    t.equal((await client.flow()).status, 401, 'nobody without the password')
    t.equal(await client.logIn('a wrong password'), 403)
    t.equal(await client.logIn(PASSWORD), 200)
    const { nodes } = await client.flow()
    t.ok(
      nodes.some(({ id }) => id === THERMOMETER),
      'the flow is that of the configuration',
    )

    // Values of the user's own replace the raw ones: 20 °C everywhere.
    t.equal(await client.deploy(through(nodes, 'msg.payload = 20; return msg', 'replaced')), 204)
    await until(
      'the deploy runs',
      async () => (await pipeline())?.includes('"skin-temperature"\n  ]') ?? false,
      LIMIT_MS,
    )
    const isTwenty = (sample: object) => 'value' in sample && sample.value === 20
    await until('values of the function arrive', () => recorded('skin-temperature').some(isTwenty), LIMIT_MS)
    const good = await pipeline()

    const broken = nodes.map((node) => (node.id === VITALS ? { ...node, wires: [[]] } : node))
    t.equal(await client.deploy(broken), 204)
    await until(
      'why it is refused is logged',
      () => agent.output.includes('no wire leads to an uplink'),
      LIMIT_MS,
    )
    t.equal(await pipeline(), good, 'the last good pipeline goes on')

    const before = recorded('pulse').length
    const limits = [{ channel: 'spo2', low: 100, priority: 'high', delaySec: 6 }]
    const limited = nodes.map((node) => (node.id === 'hygeia-alert' ? { ...node, limits } : node))
    await client.deploy(through(limited, 'while (true) {}'))
    await until('the core goes on', () => recorded('pulse').length > before + 6, LIMIT_MS)
    await until(
      'raw values are recorded beside',
      () => !isTwenty(recorded('skin-temperature').at(-1) ?? {}),
      LIMIT_MS,
    )
    const low = { cause: { kind: 'low', channel: 'spo2' }, priority: 'high', isAcknowledged: false }
    const alarms = () =>
      recorded('alarm').flatMap((one) => ('value' in one ? [alarmFromCode(one.value)] : []))
    await until(
      'an alarm of a limit in the flow',
      () => alarms().some((one) => isDeepStrictEqual(one, low)),
      LIMIT_MS,
    )
    t.ok(agent.isRunning)
    t.equal(await agent.stop(), 0)
  },
)
