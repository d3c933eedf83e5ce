import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { refusalSigner } from '@hygeia/protocol/device-link/refusal'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { cidOf, digestOfCid } from '@hygeia/protocol/sealed/cid'
import type { UnixMs } from '@hygeia/protocol/units'
import mqtt from 'mqtt'
import t, { type Test } from 'tap'
import { CODE, TYPE } from '../../src/coap/message.ts'
import { corpus } from '../corpus/corpus.ts'
import { CAST, encoded, INCARNATION, LAST_SEQUENCE, seeded, type World } from '../corpus/world.ts'
import { CoapDevice } from './support/coap-device.ts'
import { bind, suspend, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { brokerOf, hexDigest, MqttDevice, nameOf, namesDigest } from './support/mqtt-device.ts'
import { until } from './support/until.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-corpus-'))
const hospital = await startHospital(dir)
const { realm } = hospital
const [device, other, suspended] = [CAST.device, CAST.other, CAST.suspended].map(
  (signer) => new TestDevice(realm, signer),
)
if (device === undefined || other === undefined || suspended === undefined) throw new Error('nobody is cast')
const patient = await bind(hospital, [device, other, suspended])
await suspend(hospital, patient, suspended, LAST_SEQUENCE, INCARNATION)
const now = Date.now() as UnixMs
const world: World = { realm, hospital: hospital.hospital.operator, now }
const label = formatLabel({ category: 'vitals', month: monthOf(now), generation: 0 })
const keys = [{ label, publicKey: seeded('label key', 33) }]
await hospital.labelKeys.put(
  signLabelKeys(realm, { patient: patient.address, device: device.address, serial: 1, keys }, patient),
)

const usedNonce = hospital.nonces.issue()
const link = await MqttDevice.connect({ ...brokerOf(hospital), nonce: () => usedNonce }, device)
const coap = await CoapDevice.open(hospital.coap.port)
t.teardown(async () => {
  coap.close()
  await link.end()
  await hospital.stop()
  await rm(dir, { recursive: true })
})
const bad = corpus(world, usedNonce)
const at = { host: '127.0.0.1', port: hospital.broker.port, ca: hospital.tls.ca, servername: 'localhost' }

const count =
  [bad.batches, bad.tooLarge, bad.questions].flat().length * 2 + bad.datagrams.length + bad.logins.length
t.ok(count >= 200, `${count} bad inputs are tried`)

let sequence = 10_000
/** The connection takes a good batch still, and nothing bad was taken. */
async function isHealthy(t: Test, taken: number): Promise<void> {
  const good = encoded(world, CAST.device, `good ${sequence}`, { sequence: sequence++ })
  await link.publish('batch', good)
  t.ok(await hospital.store.reader.find(digestOfCid(cidOf(good))), 'a good batch is taken')
  t.equal(hospital.store.last, taken + 1, 'and nothing that was bad')
  t.equal(link.closes, 0, 'on the same connection')
}

t.test('MQTT refuses every bad batch by name, and the connection stays', async (t) => {
  const taken = hospital.store.last
  const all = [...bad.batches, ...bad.tooLarge]
  await Promise.all(all.map(({ bytes }) => link.publish('batch', bytes)))
  for (const { name, bytes, expected } of all) {
    const answer = await link.answerTo(bytes)
    t.equal(nameOf(answer), expected.mqtt, name)
    if (answer.kind !== 'refused') continue
    const signer = refusalSigner(realm, answer.refusal, hospital.recover)
    t.equal(signer, hospital.receiptKey, 'signed by the hospital')
  }
  await isHealthy(t, taken)
})

t.test('MQTT refuses every bad question by name', async (t) => {
  const taken = hospital.store.last
  await Promise.all(bad.questions.map(({ bytes }) => link.publish('question', bytes)))
  for (const { name, bytes, expected } of bad.questions) {
    t.equal(nameOf(await link.answerTo(bytes)), expected.mqtt, name)
  }
  await isHealthy(t, taken)
})

t.test('CoAP refuses every bad batch and question by name', async (t) => {
  const taken = hospital.store.last
  const posts = [
    ...bad.batches.map((message) => ({ ...message, path: 'batch' as const })),
    ...bad.questions.map((message) => ({ ...message, path: 'question' as const })),
  ]
  for (const { name, bytes, expected, path } of posts) {
    const { code, payload } = await coap.post(path, bytes)
    t.equal(code, CODE.changed, `${name} is answered`)
    const [answer] = decodeAnswers(payload)
    t.ok(answer && namesDigest(answer, hexDigest(bytes)), 'the answer names these bytes')
    t.equal(answer && nameOf(answer), expected.coap, name)
  }
  for (const { name, bytes } of bad.tooLarge) {
    const { code, payload } = await coap.post('batch', bytes)
    t.equal(code, CODE.tooLarge, name)
    t.equal(payload.toString(), 'TOO_LARGE')
  }
  await isHealthy(t, taken)
})

t.test('a fork is refused by name on both doors and kept as evidence', async (t) => {
  for (const { first, bad: fork } of bad.forks) {
    await link.publish('batch', first)
    await link.publish('batch', fork.bytes)
    t.equal(nameOf(await link.answerTo(fork.bytes)), 'FORKED', `${fork.name}, MQTT`)
    const [answer] = decodeAnswers((await coap.post('batch', fork.bytes)).payload)
    t.equal(answer && nameOf(answer), 'FORKED', `${fork.name}, CoAP, sent again`)
  }
  const kept = await hospital.store.forks.of(CAST.device.address)
  t.equal(kept.length, bad.forks.length, 'each once')
  for (const { bad: fork, first } of bad.forks) {
    const evidence = kept.find(({ bytes }) => Buffer.compare(bytes, fork.bytes) === 0)
    t.ok(evidence && Buffer.compare(evidence.against, digestOfCid(cidOf(first))) === 0, fork.name)
  }
})

t.test('bad datagrams get what RFC 7252 and RFC 7959 say, and the door stays open', async (t) => {
  const taken = hospital.store.last
  await Promise.all(
    bad.datagrams.map(async ({ name, bytes, said }) => {
      const reply = await coap.exchange(bytes, said === 'nothing' ? 300 : 5_000)
      if (said === 'nothing') t.equal(reply, undefined, name)
      else if (said === 'reset') t.equal(reply?.type, TYPE.reset, name)
      else t.equal(reply?.code, said.code, name)
    }),
  )
  await isHealthy(t, taken)
})

t.test('nobody logs in who should not', async (t) => {
  for (const { name, reason, connect } of bad.logins) {
    const before = await refusals('mqtt', reason)
    const options = connect(hospital.nonces.issue())
    const client = mqtt.connect({ protocol: 'mqtts', ...at, reconnectPeriod: 0, ...options })
    const error = await new Promise<Error>((resolve) => client.once('error', resolve))
    t.match(error, { code: 5 }, `${name}: not authorized`)
    t.equal(await refusals('mqtt', reason), before + 1, `${name}: ${reason}`)
    client.end(true)
  }
  await isHealthy(t, hospital.store.last)
})

t.test('topics that are not its own are closed to a device', async (t) => {
  const filters = [
    ...['#', '+', 'hygeia/#', 'hygeia/1/+/answer', `hygeia/1/${CAST.device.address}/#`, '$SYS/#'],
    ...['$share/a/#', `$share/a/${topicOf(CAST.device.address, 'answer')}`, '/', 'answer'],
    ...[topicOf(CAST.other.address, 'answer'), topicOf(CAST.device.address, 'batch')],
  ]
  for (const filter of filters) {
    // mqtt.js makes an error of a refused subscription.
    await t.rejects(link.client.subscribeAsync(filter), filter)
  }
  const payload = (topic: string) => seeded(topic, 100)
  const foreign = [
    [topicOf(CAST.other.address, 'batch'), 'WRONG_DEVICE'],
    [topicOf(CAST.other.address, 'question'), 'WRONG_DEVICE'],
    [topicOf(CAST.other.address, 'answer'), 'MALFORMED'],
    [topicOf(CAST.device.address, 'answer'), 'MALFORMED'],
    ['batch', 'MALFORMED'],
    [`hygeia/2/${CAST.device.address}/batch`, 'MALFORMED'],
    [`hygeia/1/${CAST.device.address}/batch/`, 'MALFORMED'],
    [`$SYS/${CAST.device.address}`, 'MALFORMED'],
  ] as const
  for (const [topic, reason] of foreign) {
    await link.client.publishAsync(topic, payload(topic), { qos: 1 })
    t.equal(nameOf(await link.answerTo(payload(topic))), reason, topic)
  }
  await isHealthy(t, hospital.store.last)
})

t.test('retain changes nothing: the batch is taken and kept for nobody', async (t) => {
  const good = encoded(world, CAST.device, 'retained', { sequence: sequence++ })
  const topic = topicOf(CAST.device.address, 'batch')
  await link.client.publishAsync(topic, Buffer.from(good), { qos: 1, retain: true })
  t.ok(await hospital.store.reader.find(digestOfCid(cidOf(good))))
  t.equal(await refusals('mqtt', 'RETAIN_IGNORED'), 1)
})

t.test('what is no MQTT ends only its own connection', async (t) => {
  const streams = [
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([0x30, 0x02, 0x00, 0x00]),
    Buffer.from([0x00, 0x00]),
    Buffer.from([0xf0, 0x00]),
    Buffer.from([0x10, 0x0c, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 0x09, 0x02, 0x00, 0x3c, 0x00, 0x00]),
    seeded('stream', 5_000),
  ]
  for (const [index, bytes] of streams.entries()) {
    const socket = connectTls(at)
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    socket.resume()
    socket.write(bytes)
    await once(socket, 'close')
    t.pass(`stream ${index} is closed`)
  }
  const plain = connectTcp(at.port, at.host)
  plain.on('error', () => {})
  plain.write('not TLS at all')
  plain.resume()
  await once(plain, 'close')
  await isHealthy(t, hospital.store.last)
})

t.test('everything refused was counted and recorded', async (t) => {
  const recorded = await until(async () => {
    const incidents = await hospital.incidents.recent(1_000)
    return incidents.length > 0 && incidents
  })
  const reasons = new Set(recorded.map(({ door, reason }) => `${door} ${reason}`))
  for (const { expected } of [...bad.batches, ...bad.questions]) {
    for (const [door, name] of Object.entries(expected)) {
      if (name !== 'busy') t.ok(reasons.has(`${door} ${name}`), `${door} ${name}`)
    }
  }
  t.ok(reasons.has('coap MALFORMED_MESSAGE'))
  t.ok(reasons.has('mqtt FROM_THE_FUTURE'))
})

async function refusals(door: string, reason: string): Promise<number> {
  const metric = hospital.metrics.getSingleMetric('hygeia_refusals_total')
  const { values } = (await metric?.get()) ?? { values: [] }
  return values.find(({ labels }) => labels.door === door && labels.reason === reason)?.value ?? 0
}
