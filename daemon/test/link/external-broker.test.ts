import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import { toHex } from '@hygeia/protocol/ids'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { ExternalBroker } from '../../src/broker/external/door.ts'
import type { Ingest } from '../../src/ingest/ingest.ts'
import { Courier } from '../../src/receipt/courier.ts'
import { bind, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { hasMosquitto, Mosquitto } from './support/mosquitto.ts'
import { brokerOf, MqttDevice, namesDigest } from './support/mqtt-device.ts'
import { until } from './support/until.ts'

if (!hasMosquitto) {
  t.pass('no mosquitto on this machine', { skip: true })
  process.exit()
}

const dir = await mkdtemp(join(tmpdir(), 'hygeia-external-'))
const hospital = await startHospital(join(dir, 'hospital'))
const devices = [new TestDevice(hospital.realm), new TestDevice(hospital.realm)]
const [device, other] = devices
if (device === undefined || other === undefined) throw new Error('two devices')
await bind(hospital, devices)
const mosquitto = await Mosquitto.make(join(dir, 'mosquitto'), hospital.tls)
await mosquitto.start()
t.teardown(async () => {
  await mosquitto.stop()
  await hospital.stop()
  await rm(dir, { recursive: true })
})

/** What the doors logged. */
const said: string[] = []
const log = pino({ level: 'warn' }, { write: (line) => said.push(line) })

interface Daemon {
  readonly door: ExternalBroker
  /** Batches that came to it. */
  batches: number
  questions: number
  stop(): Promise<void>
}

/** One of the daemons at the broker; here they share journal and chain, as the parts behind the door do not matter. */
async function startDaemon(options: Partial<{ password: string; group: string }> = {}): Promise<Daemon> {
  const { ingest, incidents, receipts, labelKeys } = hospital
  const counting: Pick<Ingest, 'batch' | 'question'> = {
    batch(bytes, source) {
      daemon.batches++
      return ingest.batch(bytes, source)
    },
    question(bytes, source) {
      daemon.questions++
      return ingest.question(bytes, source)
    },
  }
  const door = new ExternalBroker(
    {
      url: mosquitto.url,
      ca: hospital.tls.ca,
      username: Mosquitto.username,
      password: Mosquitto.password,
      client: undefined,
      group: 'hygeia',
      connections: 4,
      ...options,
    },
    { ingest: counting, incidents, clock: systemClock, log, metrics: new Registry() },
  )
  const courier = new Courier({ receipts, labelKeys, door, log })
  const daemon: Daemon = {
    door,
    batches: 0,
    questions: 0,
    async stop() {
      await courier.stop()
      await door.stop()
    },
  }
  await door.start()
  await courier.start()
  return daemon
}

const isUp = ({ door }: Daemon) => door.isListening(device.address)
const connectDevice = (of: TestDevice) =>
  MqttDevice.connect({ ...brokerOf(hospital), port: mosquitto.devicePort, nonce: () => 'of no use here' }, of)
const proofsIn = (answers: readonly Answer[]) =>
  answers.flatMap((answer) =>
    answer.kind === 'receipts' ? answer.proven.map(({ leaf }) => toHex(leaf.digest)) : [],
  )

t.test('a batch goes through Mosquitto to the daemon, and its receipt back', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.stop())
  await until(() => isUp(daemon))
  const link = await connectDevice(device)
  t.teardown(() => link.end())
  const sealed = Array.from({ length: 200 }, () => device.seal())
  await Promise.all(sealed.map(({ bytes }) => link.publish('batch', bytes)))
  await until(() => new Set(proofsIn(link.answers)).size === sealed.length)
  t.equal(daemon.batches, sealed.length)

  await link.publish('question', device.ask())
  await until(() => proofsIn(link.answers).length >= 2 * sealed.length)
  t.equal(daemon.questions, 1, 'of its connections one hears questions')
})

t.test('several daemons share what comes, and each question reaches all', async (t) => {
  const daemons = [await startDaemon(), await startDaemon()]
  t.teardown(() => Promise.all(daemons.map((daemon) => daemon.stop())))
  await until(() => daemons.every(isUp))
  // Each has more than one connection, and is up with the first.
  const link = await connectDevice(device)
  t.teardown(() => link.end())
  const sealed = Array.from({ length: 200 }, () => device.seal())
  await Promise.all(sealed.map(({ bytes }) => link.publish('batch', bytes)))
  await until(() => new Set(proofsIn(link.answers)).size === sealed.length)
  const counts = daemons.map(({ batches }) => batches)
  t.equal(
    counts.reduce((sum, count) => sum + count),
    sealed.length,
    'each to one of them',
  )
  t.ok(Math.min(...counts) > 20, counts.join(' and '))
  await link.publish('question', device.ask())
  await until(() => daemons.every(({ questions }) => questions === 1))
})

t.test('an acknowledgement promises nothing: without a daemon it comes all the same', async (t) => {
  const link = await connectDevice(device)
  t.teardown(() => link.end())
  const sealed = device.seal()
  await link.publish('batch', sealed.bytes)
  const daemon = await startDaemon()
  t.teardown(() => daemon.stop())
  await until(() => isUp(daemon))
  await link.publish('question', device.ask())
  await until(() => daemon.questions === 1)
  t.notOk(link.answers.some((answer) => namesDigest(answer, toHex(sealed.digest) as never)))
  await link.publish('batch', sealed.bytes)
  await until(() => proofsIn(link.answers).includes(toHex(sealed.digest)))
})

t.test('a broker that was killed is found again', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.stop())
  await until(() => isUp(daemon))
  await mosquitto.stop('SIGKILL')
  await until(() => !isUp(daemon))
  t.doesNotThrow(() => daemon.door.push(device.address, []), 'answers are left to be asked for')
  await mosquitto.start()
  await until(() => isUp(daemon))
  const link = await connectDevice(device)
  t.teardown(() => link.end())
  const sealed = device.seal()
  await link.publish('batch', sealed.bytes)
  await until(() => proofsIn(link.answers).includes(toHex(sealed.digest)))
})

t.test('what the broker lets through is judged by its signature alone', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.stop())
  await until(() => isUp(daemon))
  const link = await connectDevice(device)
  t.teardown(() => link.end())
  const junk = Buffer.from('no batch')
  await link.publish('batch', junk)
  t.match(await link.answerTo(junk), { kind: 'refused', refusal: { reason: 'MALFORMED' } })
  const forged = device.sealAt(9_999, undefined, { signer: other.signer })
  await link.publish('batch', forged.bytes)
  t.match(await link.answerTo(forged.bytes), { kind: 'refused', refusal: { reason: 'BAD_SIGNATURE' } })
})

t.test('by the ACL that is shipped nobody publishes or listens for others', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.stop())
  await until(() => isUp(daemon))
  const link = await connectDevice(device)
  t.teardown(() => link.end())
  const before = daemon.batches
  const topics = [topicOf(other.address, 'answer'), 'hygeia/1/+/batch', '$share/hygeia/hygeia/1/+/batch', '#']
  const granted = await Promise.all(topics.map((topic) => link.client.subscribeAsync(topic).catch(() => [])))
  t.comment(JSON.stringify(granted))
  const heard: string[] = []
  link.client.on('message', (topic) => heard.push(topic))
  await link.client.publishAsync(topicOf(other.address, 'batch'), Buffer.from('x'), { qos: 1 })
  await link.client.publishAsync(topicOf(device.address, 'answer'), Buffer.from('x'), { qos: 1 })
  const sealed = device.seal()
  await link.publish('batch', sealed.bytes)
  await until(() => proofsIn(link.answers).includes(toHex(sealed.digest)))
  t.equal(daemon.batches, before + 1, 'and what it published in the name of another did not come')
  t.same([...new Set(heard)], [topicOf(device.address, 'answer')])
})

t.test('a daemon that the broker does not know hears nothing, and goes on trying', async (t) => {
  const stranger = await startDaemon({ password: 'guessed' })
  t.teardown(() => stranger.stop())
  await until(() => said.filter((line) => line.includes('broker cannot be reached')).length > 4)
  t.ok(
    said.every((line) => !line.includes('guessed')),
    'what it tried is in no log',
  )
  t.notOk(isUp(stranger))
})
