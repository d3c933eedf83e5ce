import t from 'tap'
import { AgentConfig } from '../../../src/config/config.ts'
import { compileFlow } from '../../../src/pipeline/compile.ts'
import { configuredBy, isSamePipeline, pipelineOf } from '../../../src/pipeline/document.ts'
import { flowOf } from '../../../src/pipeline/draw.ts'
import type { FlowNode } from '../../../src/pipeline/flow.ts'

/** Every kind of signal, a score on scale 2, and limits. */
const config = AgentConfig.parse({
  stateDir: '/state',
  sensors: [
    {
      name: 'ecg',
      kind: 'ads1115',
      address: '0x49',
      readyLine: 22,
      leadOffLines: [5, 6],
      gain: 1100,
      channels: [{ channel: 'ecg-ii', from: 'voltage' }],
    },
    {
      name: 'belt',
      kind: 'ads1115',
      address: '0x4a',
      periodMs: 40,
      inputs: { a1: { frontEnd: 'none', rangeV: 2.048 } },
      channels: [{ channel: 'respiration', from: 'a1' }],
    },
    {
      name: 'finger',
      kind: 'max30102',
      areLedsSwapped: true,
      channels: [
        { channel: 'ppg-infrared', from: 'infrared' },
        { channel: 'ppg-red', from: 'red' },
      ],
    },
    { name: 'call', kind: 'button', line: 27, channels: [{ channel: 'patient-event', from: 'press' }] },
  ],
  signals: [
    { kind: 'ecg', from: 'ecg-ii', heartRate: 'heart-rate', rrInterval: 'rr-interval' },
    { kind: 'ppg', from: 'ppg-infrared', isInverted: false, heartRate: 'pulse', quality: 'signal-quality' },
    {
      kind: 'belt',
      from: 'respiration',
      leastSwing: 3_000,
      everyMs: 5_000,
      respiratoryRate: 'respiratory-rate',
    },
  ],
  alerts: {
    news2: {
      isSixteenOrOver: true,
      isPregnant: false,
      spo2Scale: 2,
      pulse: 'heart-rate',
      maxAgeMs: { systolic: 3_600_000 },
    },
    thresholds: [
      { channel: 'heart-rate', low: 45, high: 130, priority: 'high', delayMs: 5_000, hysteresis: 3 },
      { channel: 'respiratory-rate', high: 25 },
    ],
    noDataMs: 90_000,
    technicalPriority: 'medium',
    silenceMs: 60_000,
    buzzer: { line: 18 },
  },
})
const base = pipelineOf(config)
const drawn = flowOf(config)
const ALERT = 'hygeia-alert'
const NEWS2 = 'hygeia-news2'

const changed = (changes: Record<string, object>, ...more: FlowNode[]) => [
  ...drawn.map((node) => ({ ...node, ...changes[node.id] })),
  ...more,
]
const documentOf = (flow: unknown) => {
  const compiled = compileFlow(flow, base)
  if (compiled.outcome === 'refused') throw new Error(JSON.stringify(compiled.faults))
  return compiled.document
}
const faultsOf = (flow: unknown) => {
  const compiled = compileFlow(flow, base)
  return compiled.outcome === 'refused' ? compiled.faults : []
}

t.test('signals, score and limits go from a configuration to a flow and back', async (t) => {
  const document = documentOf(drawn)
  t.same(configuredBy(config, document), config)
  t.ok(isSamePipeline(document, base), 'what is drawn is what runs')
  t.same(flowOf(configuredBy(config, document)), drawn)
  // The editor keeps what was typed as text.
  const typed = changed({
    'hygeia-sensor-ecg': { leadOffLines: '5, 6', gain: '1100', readyLine: '22' },
    [ALERT]: { noDataSec: '90', silenceSec: '60' },
    [NEWS2]: { systolicHours: '1' },
  })
  t.same(configuredBy(config, documentOf(typed)), config)
})

t.test('buzzer, light and button stay the configuration’s, whatever is deployed', async (t) => {
  const other = configuredBy(config, documentOf(changed({ [ALERT]: { limits: [], noDataSec: '' } })))
  t.match(other.alerts, { buzzer: { line: 18 }, noDataMs: 60_000 })
  t.same(other.alerts.thresholds, [])
})

t.test('a sensor cannot take the line of the buzzer, which no flow shows', async (t) => {
  const document = documentOf(changed({ 'hygeia-sensor-call': { line: '18' } }))
  t.throws(() => configuredBy(config, document), { message: /GPIO 18 is that of the buzzer/ })
})

t.test('without its node nobody is scored, and nothing has limits', async (t) => {
  const { alerts, tapped } = documentOf(drawn.filter(({ id }) => id !== ALERT && id !== NEWS2))
  t.same(alerts, {})
  t.same(tapped, [])
  const off = configuredBy(config, documentOf(changed({ [NEWS2]: { isScored: false } })))
  t.equal(off.alerts.news2, undefined)
})

t.test('what a signal derives goes to the user’s nodes when it is wired to them', async (t) => {
  const through = changed(
    { 'hygeia-signal-1': { wires: [['fn']] }, 'hygeia-record-vitals': { raw: 'replaced' } },
    { id: 'fn', type: 'function', wires: [['hygeia-record-vitals']] },
  )
  t.match(documentOf(through), {
    tapped: ['heart-rate', 'rr-interval', 'news2', 'alarm'],
    replaced: ['heart-rate', 'rr-interval'],
  })
})

t.test('what cannot be watched is told at its node', async (t) => {
  const signal = 'hygeia-signal-1'
  const limits = (...some: object[]) => changed({ [ALERT]: { limits: some } })
  const reading = { id: 'in', type: 'hygeia-reading-in', wires: [['hygeia-record-vitals']] }
  const table: [string, unknown, string, RegExp][] = [
    [
      'a loose signal',
      changed({ 'hygeia-sensor-ecg': { wires: [['hygeia-record-ecg']] } }),
      signal,
      /straight/,
    ],
    ['a signal of nothing', changed({ [signal]: { from: 'ecg-i' } }), signal, /no sensor measures ecg-i/],
    ['an unrecorded signal', changed({ [signal]: { wires: [[]] } }), signal, /no wire leads heart-rate to/],
    [
      'a signal without a channel',
      changed({ [signal]: { heartRate: '', rrInterval: '' } }),
      signal,
      /nothing is/,
    ],
    [
      'one channel twice',
      changed({ [signal]: { heartRate: 'pulse' } }),
      'hygeia-signal-2',
      /pulse is used twice/,
    ],
    ['a signal too fast', changed({ [signal]: { rateHz: '5000' } }), signal, /^rateHz/],
    [
      'a limit of nothing',
      limits({ channel: 'spo2', low: 90, priority: 'high' }),
      ALERT,
      /nothing measures spo2/,
    ],
    ['a limit of no side', limits({ channel: 'pulse', priority: 'high' }), ALERT, /neither low nor high/],
    [
      'a limit upside down',
      limits({ channel: 'pulse', low: 90, high: 80, priority: 'low' }),
      ALERT,
      /low is not below/,
    ],
    [
      'limits twice',
      limits(
        { channel: 'pulse', low: 40, priority: 'low' },
        { channel: 'pulse', high: 140, priority: 'low' },
      ),
      ALERT,
      /pulse has its limits already/,
    ],
    ['a silence too long', changed({ [ALERT]: { silenceSec: '3600' } }), ALERT, /^silenceMs/],
    ['an unrecorded alarm', changed({ [ALERT]: { wires: [[]] } }), ALERT, /record of alert/],
    ['two of them', changed({}, { id: 'b', type: ALERT, wires: [['hygeia-record-alert']] }), 'b', /already/],
    [
      'samples that would acknowledge',
      changed({ 'hygeia-sensor-ecg': { wires: [['hygeia-record-ecg', signal, ALERT]] } }),
      ALERT,
      /hears no samples/,
    ],
    ['another scale', changed({ [NEWS2]: { spo2Scale: '3' } }), NEWS2, /^spo2Scale/],
    ['an unrecorded score', changed({ [NEWS2]: { wires: [[]] } }), NEWS2, /record of alert/],
    ['a reading of nobody’s', changed({}, { ...reading, channel: 'nothing' }), 'in', /no channel is named/],
    ['a loose reading', changed({}, { ...reading, channelType: 'msg', wires: [[]] }), 'in', /to a record/],
  ]
  for (const [what, flow, node, message] of table) {
    const found = faultsOf(flow).some((fault) => fault.node === node && message.test(fault.message))
    t.ok(found, `${what}: ${JSON.stringify(faultsOf(flow))}`)
  }
})

t.test('a limit may be of what comes by the user’s nodes, or is entered by hand', async (t) => {
  const limited = { [ALERT]: { limits: [{ channel: 'spo2', low: 90, priority: 'high' }] } }
  const reading = { id: 'in', type: 'hygeia-reading-in', wires: [['hygeia-record-vitals']] }
  t.same(faultsOf(changed(limited, { ...reading, channel: 'spo2' })), [])
  t.same(faultsOf(changed(limited, { ...reading, channel: 'topic', channelType: 'msg' })), [])
  const entered = { [ALERT]: { limits: [{ channel: 'systolic', low: 90, priority: 'high' }] } }
  t.same(faultsOf(changed(entered)), [])
})
