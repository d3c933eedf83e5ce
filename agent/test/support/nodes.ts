import { MessageChannel } from 'node:worker_threads'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { type Clock, systemClock } from '@hygeia/runtime/clock'
import helper from 'node-red-node-test-helper'
import { Alerts } from '../../src/alerts/alerts.ts'
import { AgentConfig, channelsOf } from '../../src/config/config.ts'
import { defaultConfig } from '../../src/config/default-config.ts'
import { CoreLine } from '../../src/editor/core-line.ts'
import alert from '../../src/nodes/alert.ts'
import news2 from '../../src/nodes/news2.ts'
import readingIn from '../../src/nodes/reading-in.ts'
import record from '../../src/nodes/record.ts'
import sensor from '../../src/nodes/sensor.ts'
import signal from '../../src/nodes/signal.ts'
import status from '../../src/nodes/status.ts'
import uplink from '../../src/nodes/uplink.ts'
import { configuredBy, pipelineOf } from '../../src/pipeline/document.ts'
import { flowOf } from '../../src/pipeline/draw.ts'
import { Exchange } from '../../src/pipeline/exchange.ts'
import type { FlowNode } from '../../src/pipeline/flow.ts'
import { Signals } from '../../src/signals/signals.ts'
import { LOG } from './line.ts'
import { until } from './until.ts'

const NODES = [alert, news2, readingIn, record, sensor, signal, status, uplink]

export interface Message {
  readonly topic?: string
  readonly payload?: unknown
  readonly hygeia?: Readonly<Record<string, unknown>>
}

/** Node-RED with the nodes of the agent, and at the other end of the line what is derived, watched and recorded. */
export interface NodeBed {
  readonly config: AgentConfig
  readonly line: CoreLine
  /** What the core would seal. */
  readonly recorded: readonly Sample[]
  /** Messages that came to the node `seen`. */
  readonly messages: readonly Message[]
  /** What a node showed, the last one last. */
  shown(id: string): readonly { readonly fill?: string; readonly text?: string }[]
  /** A sensor took this. */
  take(sample: Sample): void
  send(id: string, message: object): void
  /** A node of the user's that makes one message of another. */
  answer(id: string, work: (message: Message) => Message): void
}

export interface NodeBedOptions {
  /** Sections of the configuration in place of the usual ones. */
  readonly sections?: object
  /** Nodes in place of those of the flow that the configuration draws, by id, and more of them. */
  readonly changes?: Readonly<Record<string, object>>
  readonly more?: readonly FlowNode[]
}

export async function nodeBed(
  t: { teardown(work: () => unknown): unknown },
  { sections = {}, changes = {}, more = [] }: NodeBedOptions = {},
): Promise<NodeBed> {
  const config = AgentConfig.parse({ ...defaultConfig('/state'), ...sections })
  const { port1, port2 } = new MessageChannel()
  const recorded: Sample[] = []
  // Time is that of the samples, and passes by a ms whenever somebody looks.
  let now = 0
  const clock: Clock = { ...systemClock, monotonic: () => ++now as MonotonicMs }
  const pass = (samples: readonly Sample[]) => {
    for (const sample of samples) if (exchange.passes(sample)) recorded.push(sample)
  }
  const signalsOf = ({ signals }: Pick<AgentConfig, 'signals'>) =>
    new Signals(signals, { isOrderKnown: () => true })
  let signals = signalsOf(config)
  const alerts = new Alerts({ ...config.alerts, channels: channelsOf(config) })
  const follow = (sample: Sample) => {
    const derived = signals.take(sample)
    return [sample, ...derived, ...[sample, ...derived].flatMap((one) => alerts.take(one))]
  }
  const pipeline = pipelineOf(config)
  const exchange = new Exchange(pipeline, {
    clock,
    enter: (sample) => {
      pass(follow(sample))
      return true
    },
    check: (document) => configuredBy(config, document),
    write: async () => {},
    swap: async (next) => {
      signals = signalsOf(next)
      alerts.watch({ ...next.alerts, channels: channelsOf(next) }, clock.monotonic())
    },
    record: () => {},
    acknowledge: (name) => pass(alerts.acknowledge(clock.monotonic(), name).samples),
    log: LOG,
  })
  const troubles: (string | undefined)[] = []
  const line = new CoreLine(config, pipeline, { port: port1, notify: (trouble) => troubles.push(trouble) })
  exchange.connect(port2)

  const drawn = flowOf(config).map((node) => ({ ...node, ...changes[node.id] }))
  const seen = { id: 'seen', type: 'helper', z: 'hygeia-bedside', wires: [] }
  const flow = [...drawn, ...more, seen]
  helper.settings({ hygeia: line })
  await helper.load(NODES, flow)
  const shown = new Map<string, { fill?: string; text?: string }[]>()
  for (const { id, type } of flow) {
    if (!type.startsWith('hygeia-')) continue
    shown.set(id, [])
    helper.getNode(id).on('call:status', ({ args }) => shown.get(id)?.push(args[0]))
  }
  const messages: Message[] = []
  helper.getNode('seen').on('input', (message: Message) => messages.push(message))
  t.teardown(async () => {
    await helper.unload()
    port1.close()
    port2.close()
  })
  line.flow(flow, { isDeploy: true })
  await until('it is deployed or refused', () => troubles.length > 0)
  if (troubles[0] !== undefined) throw new Error(troubles[0])
  return {
    config,
    line,
    recorded,
    messages,
    shown: (id) => shown.get(id) ?? [],
    take: (sample) => {
      now = sample.at
      pass(follow(sample))
    },
    send: (id, message) => helper.getNode(id).receive(message),
    answer: (id, work) => {
      const node = helper.getNode(id)
      node.on('input', (message: Message) => node.send(work(message)))
    },
  }
}
