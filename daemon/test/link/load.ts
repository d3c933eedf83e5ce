import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import mqtt from 'mqtt'
import { CODE, encodeMessage, OPTION, parseMessage, TYPE } from '../../src/coap/message.ts'
import { bind, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'

// Both ends in one process on purpose: a quick look at where the time goes, not a benchmark.
// node daemon/test/link/load.ts mqtt|coap [devices] [batches each] [in flight each]
const [door = 'mqtt', devicesText = '100', eachText = '200', inFlightText = '8'] = process.argv.slice(2)
const inFlight = Number(inFlightText)
const each = Number(eachText)
const dir = await mkdtemp(join(tmpdir(), 'hygeia-load-'))
const hospital = await startHospital(dir, { logLevel: 'warn' })
const devices = Array.from({ length: Number(devicesText) }, () => new TestDevice(hospital.realm))
await bind(hospital, devices)
const sealed = devices.map((device) => Array.from({ length: each }, () => device.seal().bytes))
const total = devices.length * each
console.error(`sealed ${total} batches of ${sealed[0]?.[0]?.length} bytes`)

let receipts = 0
let said = 0
const allReceipts = Promise.withResolvers<void>()
const count = (more: number) => {
  receipts += more
  if (receipts === total) allReceipts.resolve()
}

const began = performance.now()
const cpu = process.cpuUsage()
if (door === 'mqtt') {
  const clients = await Promise.all(devices.map(connect))
  const from = performance.now()
  await Promise.all(clients.map((client, index) => publish(client, index)))
  report('answered', from)
  await allReceipts.promise
  report('receipts', from)
  await Promise.all(clients.map((client) => client.endAsync(true)))
} else {
  hospital.receipts.onIssued(({ record }) => count(record.last - record.first + 1))
  const from = performance.now()
  await Promise.all(devices.map((_, index) => post(index)))
  report('answered', from)
  if (said > 0) console.error(`not taken: ${said}`)
  await allReceipts.promise
  report('receipts', from)
}
const used = process.cpuUsage(cpu)
console.error(
  `cpu ${((used.user + used.system) / 1e6).toFixed(1)} s in ${((performance.now() - began) / 1e3).toFixed(1)} s, rss ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
)
await hospital.stop()
await rm(dir, { recursive: true })

function report(what: string, from: number): void {
  const sec = (performance.now() - from) / 1_000
  console.error(`${what}: ${total} in ${sec.toFixed(2)} s, ${(total / sec).toFixed(0)}/s`)
}

async function connect(device: TestDevice) {
  const clientId = 'load'
  const client = await mqtt.connectAsync({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: hospital.broker.port,
    ca: hospital.tls.ca,
    servername: 'localhost',
    clientId,
    username: device.address,
    password: device.token(hospital.hospital.operator, clientId, hospital.nonces.issue()),
  })
  client.on('message', (_topic, payload) => {
    for (const answer of decodeAnswers(payload)) {
      if (answer.kind === 'receipts') count(answer.proven.length)
      else console.error(answer.kind, answer.kind === 'refused' ? answer.refusal.reason : '')
    }
  })
  await client.subscribeAsync(topicOf(device.address, 'answer'))
  return client
}

async function publish(client: mqtt.MqttClient, index: number): Promise<void> {
  const device = devices[index]
  const batches = [...(sealed[index] ?? [])]
  if (device === undefined) return
  const topic = topicOf(device.address, 'batch')
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        await client.publishAsync(topic, Buffer.from(batch), { qos: 1 })
      }
    }),
  )
}

async function post(index: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const waiting = new Map<number, () => void>()
  socket.on('message', (bytes) => {
    const message = parseMessage(bytes)
    if (message === undefined) return
    if (message.code !== CODE.changed || message.payload.length > 3) said++
    waiting.get(message.id)?.()
  })
  const batches = [...(sealed[index] ?? [])]
  let id = 0
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const own = id++
        const bytes = encodeMessage({
          type: TYPE.confirmable,
          code: CODE.post,
          id: own,
          token: Buffer.from([own >> 8, own & 255]),
          options: [{ number: OPTION.uriPath, value: Buffer.from('batch') }],
          payload: batch,
        })
        await new Promise<void>((resolve) => {
          const again = setInterval(() => socket.send(bytes, hospital.coap.port, '127.0.0.1'), 2_000)
          waiting.set(own, () => {
            clearInterval(again)
            waiting.delete(own)
            resolve()
          })
          socket.send(bytes, hospital.coap.port, '127.0.0.1')
        })
      }
    }),
  )
  socket.close()
}
