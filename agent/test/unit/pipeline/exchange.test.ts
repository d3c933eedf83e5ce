import { MessageChannel } from 'node:worker_threads'
import { alarmToCode } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import { AgentConfig } from '../../../src/config/config.ts'
import { defaultConfig } from '../../../src/config/default-config.ts'
import { configuredBy, type PipelineDocument, pipelineOf } from '../../../src/pipeline/document.ts'
import { Exchange, type ExchangeDeps } from '../../../src/pipeline/exchange.ts'
import type { FromCore } from '../../../src/pipeline/messages.ts'
import { LOG, sample } from '../../support/line.ts'
import { until } from '../../support/until.ts'

const config = AgentConfig.parse(defaultConfig('/state'))
const own = pipelineOf(config)
const tapping: PipelineDocument = { ...own, tapped: ['skin-temperature', 'alarm'] }

function setUp(document: PipelineDocument, deps: Partial<ExchangeDeps> = {}) {
  const written: PipelineDocument[] = []
  const steps: string[] = []
  const entered: Sample[] = []
  const exchange = new Exchange(document, {
    clock: systemClock,
    enter: (one) => entered.push(one) > 0,
    check: (one) => configuredBy(config, one),
    write: async (one) => {
      steps.push('write')
      written.push(one)
    },
    swap: async () => void steps.push('swap'),
    record: () => void steps.push('record'),
    acknowledge: (alarm) => void steps.push(`acknowledge ${alarm}`),
    log: LOG,
    ...deps,
  })
  return { exchange, written, steps, entered }
}

/** Node-RED's end. */
function connect(t: { teardown(work: () => unknown): unknown }, exchange: Exchange) {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  const got: FromCore[] = []
  port1.on('message', (message: FromCore) => got.push(message))
  exchange.connect(port2)
  const chunks = () => got.flatMap((one) => (one.kind === 'samples' ? [one] : []))
  const answers = () => got.flatMap((one) => (one.kind === 'running' ? [one] : []))
  return { got, chunks, answers, tell: (message: object) => port1.postMessage(message) }
}
const temperature = (at: number) => sample('skin-temperature', at, 33)
const alarm = (at: number, priority: 'high' | undefined) => {
  const cause = { kind: 'low', channel: channelNamed('spo2').name } as const
  return sample('alarm', at, alarmToCode({ cause, priority, isAcknowledged: false }))
}

t.test('samples gather while Node-RED is busy; the oldest go and are counted by channel', async (t) => {
  const { exchange } = setUp(tapping)
  const { chunks, tell } = connect(t, exchange)
  t.ok(exchange.passes(temperature(0)), 'and are recorded all the same')
  for (let at = 1; at <= 8_192; at++) exchange.passes(temperature(at))
  exchange.passes(alarm(9_000, 'high'))
  exchange.passes(temperature(9_001))
  exchange.passes(sample('pulse', 9_002, 60))
  await until('the first', () => chunks().length === 1)
  t.match(chunks()[0], { samples: [{ at: 0 }], dropped: {} })
  tell({ kind: 'more' })
  await until('the rest', () => chunks().length === 2)
  const rest = chunks()[1]
  t.equal(rest?.samples.length, 8_192)
  t.same(rest?.dropped, { 'skin-temperature': 2 })
  t.same(
    rest?.samples.flatMap(({ channel, at }) => (channel === 'alarm' ? [at] : [])),
    [9_000],
    'an alarm is not dropped for a temperature',
  )
  t.equal(rest?.samples.at(-1)?.at, 9_001, 'what is not tapped stays')
})

t.test(
  'a Node-RED that starts anew is told which alarms are on, and no more of what was before',
  async (t) => {
    const { exchange } = setUp(tapping)
    connect(t, exchange)
    for (let at = 0; at < 10; at++) exchange.passes(temperature(at))
    exchange.passes(alarm(20, 'high'))
    const second = connect(t, exchange)
    await until('the alarm', () => second.chunks().length === 1)
    t.match(second.chunks()[0]?.samples, [{ channel: 'alarm', at: 20 }])
    t.equal(second.chunks()[0]?.samples.length, 1)
    exchange.passes(alarm(30, undefined))
    const third = connect(t, exchange)
    await until('it runs', () => third.answers().length === 1)
    exchange.passes(temperature(40))
    await until('samples', () => third.chunks().length === 1)
    t.match(third.chunks()[0]?.samples, [{ channel: 'skin-temperature', at: 40 }], 'none is on')
  },
)

t.test('a deploy is checked, written down, swapped and recorded, in this order', async (t) => {
  const { exchange, steps, written } = setUp(own)
  const { answers, tell } = connect(t, exchange)
  const replaced = ['skin-temperature']
  tell({ kind: 'deploy', id: 7, document: { ...own, tapped: replaced, replaced } })
  await until('an answer', () => answers().length === 2)
  t.match(answers()[1], { id: 7, document: { replaced } })
  t.equal(answers()[1]?.fault, undefined)
  t.same(steps, ['write', 'swap', 'record'])
  t.match(written, [{ replaced }])
  t.notOk(exchange.passes(temperature(0)), 'what nodes replace is not recorded raw')
})

t.test('one that cannot be had is taken back, and says why', async (t) => {
  const swap = async () => {
    throw new Error('bus 9 cannot be had')
  }
  const { exchange, written, steps } = setUp(own, { swap })
  const { answers, tell } = connect(t, exchange)
  tell({ kind: 'deploy', id: 1, document: { ...own, replaced: ['skin-temperature'] } })
  await until('an answer', () => answers().length === 2)
  t.match(answers()[1], { id: 1, fault: 'bus 9 cannot be had', document: own })
  t.same(written.at(-1), own, 'what runs is what is written')
  t.notOk(steps.includes('record'))
  t.ok(exchange.passes(temperature(0)))
})

t.test('what is no pipeline is not even written', async (t) => {
  const { exchange, steps } = setUp(own)
  const { answers, tell } = connect(t, exchange)
  tell({ kind: 'deploy', id: 1, document: { ...own, alerts: { silenceMs: -1 } } })
  tell({ kind: 'deploy', id: 2, document: { ...own, signals: [{ kind: 'ecg' }] } })
  await until('two answers', () => answers().length === 3)
  t.match(
    answers()
      .slice(1)
      .map(({ fault }) => fault),
    [/^silenceMs: /, /^0\.from: /],
  )
  tell({ kind: 'nonsense' })
  tell({ kind: 'acknowledge', alarm: 'spo2:low' })
  await until('the next is heard', () => steps.length > 0)
  t.same(steps, ['acknowledge spo2:low'])
})

t.test('a reading comes in once, and a refused one goes back to its node', async (t) => {
  const { exchange, entered } = setUp(tapping)
  const { got, tell } = connect(t, exchange)
  const reading = { value: 60 }
  tell({ kind: 'enter', entered: { channel: 'systolic', source: 'in', reading } })
  tell({ kind: 'enter', entered: { channel: 'pulse', source: 'in', reading } })
  tell({ kind: 'enter', entered: { channel: 'alarm', source: 'in', reading } })
  await until('two are refused', () => got.filter(({ kind }) => kind === 'refused').length === 2)
  t.match(entered, [{ channel: 'systolic', value: 60 }])
  t.match(
    got.filter(({ kind }) => kind === 'refused'),
    [{ source: 'in', fault: 'RECORDED_RAW' }, { fault: 'RECORDED_RAW' }],
  )
})

t.test('a full core says so', async (t) => {
  const { exchange } = setUp(own, { enter: () => false })
  const { got, tell } = connect(t, exchange)
  tell({ kind: 'enter', entered: { channel: 'systolic', source: 'in', reading: { value: 60 } } })
  await until('it is refused', () => got.some((one) => one.kind === 'refused' && one.fault === 'NO_ROOM'))
})
