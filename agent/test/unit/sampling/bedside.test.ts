import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { bedsideAt } from '@hygeia/agent/bedside'
import { AgentConfig } from '@hygeia/agent/config/config'
import { pipelineOf } from '@hygeia/agent/pipeline/document'
import { SimulationConfig } from '@hygeia/agent/sampling/config'
import { simulatedMachine } from '@hygeia/agent/simulation/machine'
import type { RecordingStep } from '@hygeia/agent/spool/room'
import type { RoomMessage, SampleMessage, TakenMessage } from '@hygeia/agent/workers/messages'
import type { Sample } from '@hygeia/protocol/sample'
import t, { type Test } from 'tap'
import { testFolder } from '../../support/bedside.ts'
import { LOG } from '../../support/line.ts'
import { until } from '../../support/until.ts'

const LIMIT = 20
const LED = 23

t.setTimeout(90_000)

/** A bed in real time, and the other worker, which takes nothing until it is let. */
async function bed(t: Test) {
  const config = AgentConfig.parse({
    stateDir: await testFolder(t),
    sensors: [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: 4,
        mfioLine: 17,
        channels: [{ channel: 'pulse', from: 'heart-rate', periodMs: 100 }],
      },
    ],
    // Whatever the pulse is, it is too high after four seconds; the chip needs five to start.
    alerts: { led: { line: LED }, thresholds: [{ channel: 'pulse', high: 30, delayMs: 4_000 }] },
    editor: { enabled: false },
  })
  const { port1, port2 } = new MessageChannel()
  const faults: unknown[] = []
  const onFault = (cause: unknown) => void faults.push(cause)
  const deps = { port: port1, log: LOG, onFault, waitingLimit: LIMIT }
  const simulation = SimulationConfig.parse({ source: { kind: 'noise' } })
  const machine = await simulatedMachine(config.sensors, simulation)
  machine.gpio.drive(LED, 0)
  const flashes: number[] = []
  machine.gpio.listen(LED, (level) => {
    if (level === 1) flashes.push(performance.now())
  })
  const assumed = { ...config, sampling: { ...config.sampling, synchronisation: 'assume' as const } }
  const bedside = await bedsideAt(machine, assumed, pipelineOf(config), deps)
  let isTaking = false
  const waiting: number[] = []
  const got: Sample[] = []
  const answer = (message: TakenMessage | RoomMessage) => port2.postMessage(message)
  const take = () => {
    for (const number of waiting.splice(0)) answer({ kind: 'taken', number, isDurable: true })
  }
  port2.on('message', (message: SampleMessage) => {
    if (message.kind !== 'chunk') return
    got.push(...message.chunk.samples)
    waiting.push(message.number)
    if (isTaking) take()
  })
  t.teardown(async () => {
    await bedside.stop()
    port1.close()
    if (faults.length > 0) throw faults[0]
  })
  return {
    bedside,
    got,
    begin() {
      isTaking = true
      take()
    },
    room: (step: RecordingStep) => answer({ kind: 'room', step }),
    /** Of the light, within the last so many ms. */
    flashes: (forMs: number) => flashes.filter((at) => at > performance.now() - forMs).length,
    left: () => bedside.status().notRecorded.pulse ?? 0,
  }
}

t.test('a worker that takes nothing stops neither sampling nor alarms, and the gap is told', async (t) => {
  const { bedside, got, begin, left } = await bed(t)
  await until('there is no room for more', () => left() > 5, 20_000)
  t.equal(bedside.status().alarms.medium, 0)
  const before = bedside.status().ticks
  await until('the alarm goes by what is not recorded', () => bedside.status().alarms.medium === 1, 20_000)
  t.ok(bedside.status().ticks > before)
  t.equal(bedside.status().isHeldBack, false)
  begin()
  const gaps = () => got.filter(({ missing }) => missing === 'not-recorded')
  await until('it goes on', () => gaps().length === 1)
  t.ok(
    got.some(({ channel }) => channel === 'alarm'),
    'the alarm had room',
  )
  const [gap] = gaps()
  const pulses = got.filter(({ channel }) => channel === 'pulse')
  const place = pulses.findIndex(({ missing }) => missing === 'not-recorded')
  const [last, next] = [pulses[place - 1]?.at ?? 0, pulses[place + 1]?.at ?? 0]
  t.equal(gap?.at, last + 100, 'from the first that was not recorded on')
  const away = (next - last) / 100 - 1
  // On a busy machine some were due when nobody could read them, in the gap or elsewhere.
  const { skippedTicks } = bedside.status()
  t.ok(away >= left() && away <= left() + skippedTicks, `as many as are counted: ${away}`, {
    left: left(),
    skippedTicks,
  })
})

t.test('when the spool is full, nothing but alerts goes on until there is room', async (t) => {
  const { bedside, got, begin, room, left } = await bed(t)
  begin()
  room('alerts-only')
  await until('the alarm goes on', () => got.some(({ channel }) => channel === 'alarm'), 20_000)
  t.match(
    got.filter(({ channel }) => channel === 'pulse'),
    [{ missing: 'not-recorded' }],
  )
  t.ok(left() > 20)
  room('all')
  await until('the pulse, too', () =>
    got.some(({ channel, value }) => channel === 'pulse' && value !== undefined),
  )
  t.equal(
    bedside.status().samples.pulse,
    got.filter(({ value, channel }) => channel === 'pulse' && value).length,
  )
})

t.test('the light tells that less is recorded, and for how long', async (t) => {
  const { begin, room, flashes } = await bed(t)
  begin()
  await delay(2_500)
  t.ok(flashes(2_000) <= 1, 'a blink in five seconds while all is well')
  room('rest-thinned')
  await delay(2_500)
  t.ok(flashes(2_000) >= 2, 'twice in two seconds')
  room('all')
  await delay(3_000)
  t.ok(flashes(2_000) <= 1, 'and well again')
})
