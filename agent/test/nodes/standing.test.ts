import t from 'tap'
import type { CoreStatus } from '../../src/workers/messages.ts'
import { nodeBed } from '../support/nodes.ts'
import { until } from '../support/until.ts'

const STATUS = 'hygeia-status'
const UPLINK = 'hygeia-uplink'

/** As much of a status as the node looks at. */
const core = (states: readonly string[], trouble?: string): CoreStatus =>
  ({
    sampling: { sensors: states.map((state) => ({ state })) },
    delivery: { pipeline: { trouble }, spool: { recording: 'all' } },
  }) as unknown as CoreStatus

t.test('status shows what is wrong, gravest first, and sends all of it', async (t) => {
  const bed = await nodeBed(t, { changes: { [STATUS]: { wires: [['seen']] } } })
  bed.line.core(core(['present', 'present']))
  await until('a message', () => bed.messages.length === 1)
  t.match(bed.messages[0], { topic: 'status', payload: { sampling: {}, delivery: {} } })
  t.match(bed.shown(STATUS).at(-1), { fill: 'green', text: 'well' })
  bed.line.core(core(['present', 'away']))
  await until('it shows', () => bed.shown(STATUS).at(-1)?.text === '1 sensors away')
  bed.line.core(core(['away'], 'SPOOL_FULL'))
  await until('it shows', () => bed.shown(STATUS).at(-1)?.text === 'spool full')
})

t.test('the uplink in use runs', async (t) => {
  const bed = await nodeBed(t)
  t.match(bed.shown(UPLINK).at(-1), { fill: 'green', text: 'running' })
})

t.test('another uplink is taken up at the next start', async (t) => {
  const bed = await nodeBed(t, { changes: { [UPLINK]: { kind: 'coap', url: 'coap://hospital.example' } } })
  t.match(bed.shown(UPLINK).at(-1), { fill: 'yellow', text: 'at next start' })
})
