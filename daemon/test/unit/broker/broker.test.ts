import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import type { Hex32 } from '@hygeia/protocol/ids'
import { signDeviceToken } from '@hygeia/protocol/login/device-token'
import { systemClock } from '@hygeia/runtime/clock'
import mqtt from 'mqtt'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { MqttBroker } from '../../../src/broker/broker.ts'
import { makeCertificates } from '../../../src/init/certificates.ts'
import { readCertificates } from '../../../src/init/tls-files.ts'
import { CAST, seededSigner } from '../../corpus/world.ts'
import { until } from '../../link/support/until.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-broker-'))
await makeCertificates(dir, ['localhost'])
const tls = await readCertificates(dir)
const hospital = seededSigner('hospital').address
const { device } = CAST
const incidents: string[] = []
/** What became of what was published: the test decides. */
let decide: (bytes: Uint8Array) => Promise<readonly Answer[]> = async () => []
const digest = `0x${'44'.repeat(32)}` as Hex32
const busy: Answer = { kind: 'busy', digest, delayMs: 5 }

const broker = new MqttBroker(
  {
    ...{ host: '127.0.0.1', port: 0, tls, hospital },
    ...{ connections: 12, connectionsPerAddress: 10, connectionsPerDevice: 3 },
  },
  {
    ingest: { batch: (bytes) => decide(bytes), question: (bytes) => decide(bytes), refuse: () => busy },
    nonces: { take: () => true },
    directory: { device: () => ({ status: 'bound' }), refresh: async () => {} },
    incidents: { note: ({ reason }) => incidents.push(reason) },
    clock: systemClock,
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
  },
)
await broker.start()
t.teardown(async () => {
  await broker.stop()
  await rm(dir, { recursive: true })
})

function options(clientId: string, signer = device): mqtt.IClientOptions {
  return {
    ...{ protocol: 'mqtts', host: '127.0.0.1', servername: 'localhost', port: broker.port, ca: tls.ca },
    ...{ clientId, username: signer.address, reconnectPeriod: 0 },
    password: signDeviceToken({ device: signer.address, hospital, clientId, nonce: 'n' }, signer),
  }
}
const closing = (client: mqtt.MqttClient) => new Promise<void>((resolve) => client.once('close', resolve))
const batch = topicOf(device.address, 'batch')
const answer = topicOf(device.address, 'answer')

t.test('PUBACK comes after the answer was decided, not before', async (t) => {
  const client = await mqtt.connectAsync(options('a'))
  const decision = Promise.withResolvers<readonly Answer[]>()
  const asked = Promise.withResolvers<void>()
  decide = () => {
    asked.resolve()
    return decision.promise
  }
  let isAcknowledged = false
  const acknowledged = client.publishAsync(batch, 'x', { qos: 1 }).then(() => {
    isAcknowledged = true
  })
  await asked.promise
  // Whatever else is under way on this connection has come and gone.
  decide = async () => []
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.notOk(isAcknowledged)
  decision.resolve([])
  await acknowledged
  await client.endAsync()
})

t.test('a decision that fails ends the connection without PUBACK', async (t) => {
  const client = await mqtt.connectAsync(options('a'))
  decide = async () => {
    throw new Error('no disk')
  }
  client.publishAsync(batch, 'x', { qos: 1 }).then(
    () => t.fail('acknowledged'),
    () => {},
  )
  await closing(client)
  t.pass('closed')
  decide = async () => []
  await client.endAsync(true)
})

t.test('answers go to the device that asked, once it listens', async (t) => {
  decide = async () => [busy]
  const other = CAST.other
  const [one, two] = await Promise.all([
    mqtt.connectAsync(options('a')),
    mqtt.connectAsync(options('a', other)),
  ])
  const heard: string[] = []
  one.on('message', (topic) => heard.push(topic))
  two.on('message', (topic) => heard.push(topic))
  await one.publishAsync(batch, 'x', { qos: 1 })
  t.notOk(broker.isListening(device.address))
  await one.subscribeAsync(answer)
  await two.subscribeAsync(topicOf(other.address, 'answer'))
  t.ok(broker.isListening(device.address))
  await one.publishAsync(batch, 'x', { qos: 1 })
  await until(() => heard.length > 0)
  broker.push(other.address, [busy])
  await until(() => heard.length > 1)
  t.same(heard, [answer, topicOf(other.address, 'answer')])
  await Promise.all([one.endAsync(), two.endAsync()])
  await until(() => !broker.isListening(device.address) && !broker.isListening(other.address))
  broker.push(device.address, [busy])
  decide = async () => []
})

t.test('the same client takes over from itself, and never from another device', async (t) => {
  const first = await mqtt.connectAsync(options('same'))
  const stranger = await mqtt.connectAsync(options('same', CAST.other))
  t.ok(first.connected, 'another device by that client id changes nothing')
  const closed = closing(first)
  const second = await mqtt.connectAsync(options('same'))
  await closed
  t.ok(second.connected)
  t.ok(stranger.connected)
  await Promise.all([second.endAsync(), stranger.endAsync(), first.endAsync(true)])
})

t.test('a device has so many connections, others have theirs', async (t) => {
  const clients = await Promise.all(['a', 'b', 'c'].map((id) => mqtt.connectAsync(options(id))))
  const refused = mqtt.connect(options('d'))
  t.match(await new Promise((resolve) => refused.once('error', resolve)), { code: 5 })
  const other = await mqtt.connectAsync(options('d', CAST.other))
  t.ok(incidents.includes('TOO_MANY_CONNECTIONS'))
  await Promise.all([...clients, other].map((client) => client.endAsync()))
  refused.end(true)
  const again = await until(() => mqtt.connectAsync(options('d')).catch(() => undefined))
  t.ok(again.connected, 'when one ends there is room again')
  await again.endAsync()
})

t.test('an address has so many connections, and gets them back', async (t) => {
  const sockets = Array.from({ length: 10 }, () => connectTcp(broker.port, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const eleventh = connectTcp(broker.port, '127.0.0.1')
  eleventh.on('error', () => {})
  await once(eleventh, 'close')
  t.pass('the eleventh is closed at once')
  for (const socket of sockets) socket.destroy()
  const client = await until(() => mqtt.connectAsync(options('a')).catch(() => undefined))
  await client.endAsync()
})

t.test('a session leaves nothing behind, although the client asks to keep it', async (t) => {
  const client = await mqtt.connectAsync({ ...options('kept'), clean: false })
  await client.subscribeAsync(answer)
  await client.endAsync()
  await until(() => !broker.isListening(device.address))
  const again = mqtt.connect({ ...options('kept'), clean: false })
  const packet = await new Promise<mqtt.IConnackPacket>((resolve) => again.once('connect', resolve))
  t.notOk(packet.sessionPresent)
  await again.endAsync()
})

t.test('QoS 2 and QoS 0 are taken too', async (t) => {
  const taken: string[] = []
  decide = async (bytes) => {
    taken.push(Buffer.from(bytes).toString())
    return []
  }
  const client = await mqtt.connectAsync(options('a'))
  await client.publishAsync(batch, 'two', { qos: 2 })
  await client.publishAsync(batch, 'none', { qos: 0 })
  await until(() => taken.length === 2)
  t.same(taken, ['two', 'none'])
  await client.endAsync()
})
