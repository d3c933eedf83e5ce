import { readFile } from 'node:fs/promises'
import t from 'tap'
import { AgentConfig } from '../../../src/config/config.ts'
import { defaultConfig } from '../../../src/config/default-config.ts'
import { compileFlow } from '../../../src/pipeline/compile.ts'
import { configuredBy, pipelineOf } from '../../../src/pipeline/document.ts'
import { flowOf } from '../../../src/pipeline/draw.ts'
import type { FlowNode } from '../../../src/pipeline/flow.ts'

const config = AgentConfig.parse(defaultConfig('/state'))
const base = pipelineOf(config)
const shipped: FlowNode[] = JSON.parse(
  await readFile(new URL('../../../flows/default.json', import.meta.url), 'utf8'),
)

/** The shipped flow with some nodes changed, and some more. */
const changed = (changes: Record<string, Partial<FlowNode>>, ...more: FlowNode[]) => [
  ...shipped.map((node) => ({ ...node, ...changes[node.id] })),
  ...more,
]
const faultsOf = (flow: unknown) => {
  const compiled = compileFlow(flow, base)
  return compiled.outcome === 'refused' ? compiled.faults : []
}
const fn = (wires: string[]): FlowNode => ({
  id: 'fn',
  type: 'function',
  z: 'hygeia-bedside',
  wires: [wires],
})

t.test('the shipped flow is the default configuration, and the configuration draws it', async (t) => {
  const compiled = compileFlow(shipped, base)
  if (compiled.outcome !== 'pipeline') return t.fail(JSON.stringify(compiled.faults))
  t.same(configuredBy(config, compiled.document), config)
  t.same(shipped, flowOf(config))
})

t.test('a wire through the user’s nodes is tapped, and the raw channel is recorded beside it', async (t) => {
  const through = { 'hygeia-sensor-thermometer': { wires: [['fn']] } }
  t.match(compileFlow(changed(through, fn(['hygeia-record-vitals'])), base), {
    document: { tapped: ['skin-temperature', 'alarm'], replaced: [] },
  })
  const instead = { ...through, 'hygeia-record-vitals': { raw: 'replaced' } }
  t.match(compileFlow(changed(instead, fn(['hygeia-record-vitals'])), base), {
    document: { tapped: ['skin-temperature', 'alarm'], replaced: ['skin-temperature'] },
  })
})

t.test('a junction is a bend in a wire', async (t) => {
  const flow = changed(
    { 'hygeia-sensor-thermometer': { wires: [['bend']] } },
    { id: 'bend', type: 'junction', z: 'hygeia-bedside', wires: [['hygeia-record-vitals']] },
  )
  t.match(compileFlow(flow, base), { outcome: 'pipeline', document: { tapped: ['alarm'] } })
})

t.test('what a flow cannot say is told at its node', async (t) => {
  const thermometer = 'hygeia-sensor-thermometer'
  const table: [string, unknown, string | undefined, RegExp][] = [
    ['no flow', { nodes: 1 }, undefined, /not a flow/],
    ['a loose sensor', changed({ [thermometer]: { wires: [[]] } }), thermometer, /no wire leads skin-temp/],
    ['a bad address', changed({ [thermometer]: { address: '0x99' } }), thermometer, /^address/],
    ['an unknown chip', changed({ [thermometer]: { kind: 'tmp999' } }), thermometer, /^kind/],
    ['a loose record', changed({ 'hygeia-record-alert': { wires: [] } }), 'hygeia-record-alert', /uplink/],
    ['no window', changed({ 'hygeia-record-vitals': { windowSec: 0 } }), 'hygeia-record-vitals', /1 s/],
    ['another scheme', changed({ 'hygeia-uplink': { url: 'http://h' } }), 'hygeia-uplink', /mqtts/],
    ['no uplink', changed({ 'hygeia-uplink': { d: true } }), undefined, /no uplink/],
    [
      'a second source',
      changed(
        {},
        { id: 'in', type: 'hygeia-reading-in', channel: 'pulse', wires: [['hygeia-record-vitals']] },
      ),
      'in',
      /pulse has another source/,
    ],
    [
      'one channel twice',
      changed({ [thermometer]: { channels: [{ channel: 'pulse', from: 'temperature' }] } }),
      thermometer,
      /pulse is used twice/,
    ],
  ]
  for (const [what, flow, node, message] of table) {
    const found = faultsOf(flow).some((fault) => fault.node === node && message.test(fault.message))
    t.ok(found, `${what}: ${JSON.stringify(faultsOf(flow))}`)
  }
})

t.test('what is switched off does not run', async (t) => {
  const flow = changed({ 'hygeia-sensor-event-button': { d: true } })
  t.match(compileFlow(flow, base), { document: { sensors: [{ name: 'oximeter' }, { name: 'thermometer' }] } })
})
