import { hash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type Answer, decodeAnswers, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { systemClock } from '@hygeia/runtime/clock'
import { Agent, request } from 'coap'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { encodeBlock } from '../../../src/coap/block.ts'
import { CoapDoor } from '../../../src/coap/door.ts'
import { CODE, encodeMessage, OPTION, optionOf, parseMessage, TYPE } from '../../../src/coap/message.ts'
import { seeded } from '../../corpus/world.ts'
import { CoapDevice } from '../../link/support/coap-device.ts'
import { until } from '../../link/support/until.ts'

type Decide = (bytes: Uint8Array) => Promise<readonly Answer[]>
const digestOf = (bytes: Uint8Array) => toHex(hash('sha256', bytes, 'buffer')) as string as Hex32
/** Answers as many as make a reply of about `bytes`, 64 at most. */
const answersOf = (bytes: number): readonly Answer[] =>
  Array.from({ length: Math.min(64, Math.ceil(bytes / 45)) }, (_, index) => ({
    kind: 'busy',
    digest: digestOf(Buffer.from(`${index}`)),
    delayMs: 1,
  }))

async function open(t: Test, decide: Decide, perAddressPerSecond = 10_000) {
  const incidents: string[] = []
  const door = new CoapDoor(
    { host: '127.0.0.1', port: 0, perAddressPerSecond },
    {
      ingest: { batch: decide, question: decide },
      incidents: { note: ({ reason }) => incidents.push(reason) },
      clock: systemClock,
      log: pino({ level: 'silent' }),
      metrics: new Registry(),
    },
  )
  await door.start()
  t.teardown(() => door.stop())
  return { door, incidents }
}

function post(
  id: number,
  payload: Uint8Array,
  path = 'batch',
  more: readonly { number: number; value: Uint8Array }[] = [],
) {
  return encodeMessage({
    ...{ type: TYPE.confirmable, code: CODE.post, id, token: Buffer.from([id & 0xff]), payload },
    options: [{ number: OPTION.uriPath, value: Buffer.from(path) }, ...more],
  })
}

t.test('a request that is sent again is decided once and answered the same', async (t) => {
  let decided = 0
  const decision = Promise.withResolvers<readonly Answer[]>()
  const { door } = await open(t, () => {
    decided++
    return decision.promise
  })
  const device = await CoapDevice.open(door.port)
  t.teardown(() => device.close())
  const bytes = post(7, seeded('body', 500))
  const first = device.exchange(bytes)
  const second = device.exchange(bytes)
  await until(() => decided > 0)
  decision.resolve([])
  const reply = await Promise.race([first, second])
  t.match(reply, { code: CODE.changed, id: 7, type: TYPE.acknowledgement })
  t.same(await device.exchange(bytes), reply, 'later too')
  t.equal(decided, 1)
  t.match(await device.exchange(post(7, seeded('other', 500))), { code: CODE.changed })
  t.equal(decided, 2, 'another request by the same message id is another')
})

t.test('no reply is over three times its request before the address is proven', async (t) => {
  const { door } = await open(t, async (bytes) => answersOf(bytes.length * 20))
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  for (const [index, size] of [0, 1, 20, 200, 500, 900].entries()) {
    const bytes = post(100 + index, seeded('x', size), 'question')
    socket.send(bytes, door.port, '127.0.0.1')
    const [reply] = (await once(socket, 'message')) as [Buffer]
    t.ok(reply.length <= 3 * bytes.length, `${bytes.length} bytes, ${reply.length} back`)
  }
})

t.test('an Echo opens the way for large replies, block by block', async (t) => {
  const expected = encodeAnswers(answersOf(2_800))
  const { door } = await open(t, async () => answersOf(2_800))
  const device = await CoapDevice.open(door.port)
  t.teardown(() => device.close())
  const refused = await device.exchange(post(1, seeded('q', 200), 'question'))
  t.equal(refused?.code, CODE.unauthorized)
  t.ok(refused && optionOf(refused, OPTION.echo))
  const { code, payload } = await device.post('question', seeded('q', 200))
  t.equal(code, CODE.changed)
  t.same(payload, Buffer.from(expected))
  const small = { number: OPTION.block2, value: encodeBlock({ number: 0, hasMore: false, sizeExponent: 4 }) }
  const reply = await device.exchange(post(900, seeded('q', 200), 'question', [small]))
  t.equal(reply?.payload.length, 256, 'in blocks as small as they are wanted')
})

t.test('uploads by another who claims the same request tag stay apart', async (t) => {
  const bodies: Uint8Array[] = []
  const { door } = await open(t, async (bytes) => {
    bodies.push(bytes)
    return []
  })
  const devices = await Promise.all([CoapDevice.open(door.port), CoapDevice.open(door.port)])
  t.teardown(() => {
    for (const device of devices) device.close()
  })
  const sent = [seeded('one', 20_000), seeded('two', 20_000)]
  await Promise.all(devices.map((device, index) => device.post('batch', sent[index] ?? Buffer.alloc(0))))
  t.same(bodies.map((body) => digestOf(body)).sort(), sent.map((body) => digestOf(body)).sort())
})

t.test('the npm coap client uploads and asks in blocks, and is answered', async (t) => {
  const bodies: Uint8Array[] = []
  const { door } = await open(t, async (bytes) => {
    bodies.push(bytes)
    return bytes.length > 10_000 ? [] : answersOf(500)
  })
  const agent = new Agent({ type: 'udp4' })
  t.teardown(() => agent.close())
  const ask = (pathname: string, body: Buffer) =>
    new Promise<{ code: string; payload: Buffer }>((resolve, reject) => {
      const asked = request({ method: 'POST', hostname: '127.0.0.1', port: door.port, pathname, agent })
      if (body.length > 1_024) asked.setOption('Block1', Buffer.from([6]))
      asked.on('response', resolve)
      asked.on('error', reject)
      asked.end(body)
    })
  const body = seeded('body', 16_700)
  const uploaded = await ask('/batch', body)
  t.equal(uploaded.code, '2.04')
  t.same(decodeAnswers(uploaded.payload), [])
  t.ok(bodies[0] && Buffer.compare(bodies[0], body) === 0, 'byte for byte')
  const asked = await ask('/question', seeded('question', 300))
  t.same(decodeAnswers(asked.payload), answersOf(500))
})

t.test('who sends too much is not answered, and others are', async (t) => {
  const { door, incidents } = await open(t, async () => [], 20)
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  let replies = 0
  socket.on('message', () => replies++)
  for (let id = 0; id < 200; id++) socket.send(post(id, Buffer.from('x')), door.port, '127.0.0.1')
  await until(() => incidents.length >= 150)
  t.ok(replies <= 50, `${replies} of 200 were answered`)
  const neighbour = createSocket('udp4')
  t.teardown(() => neighbour.close())
  neighbour.bind(0, '127.0.0.2')
  await once(neighbour, 'listening')
  neighbour.send(post(1, Buffer.from('x')), door.port, '127.0.0.1')
  const [reply] = (await once(neighbour, 'message')) as [Buffer]
  t.match(parseMessage(reply), { code: CODE.changed })
})

t.test('what fails inside is an error outside, and the door stays open', async (t) => {
  let isBroken = true
  const { door } = await open(t, async () => {
    if (isBroken) throw new Error('broken')
    return []
  })
  const device = await CoapDevice.open(door.port)
  t.teardown(() => device.close())
  t.match(await device.exchange(post(1, seeded('x', 50))), { code: CODE.internal })
  isBroken = false
  t.match(await device.exchange(post(2, seeded('x', 50))), { code: CODE.changed })
})

t.test('a request that is not confirmable is answered in kind', async (t) => {
  const { door } = await open(t, async () => [])
  const device = await CoapDevice.open(door.port)
  t.teardown(() => device.close())
  const bytes = post(5, seeded('x', 50))
  bytes[0] = (bytes[0] ?? 0) | (TYPE.nonConfirmable << 4)
  t.match(await device.exchange(bytes), { type: TYPE.nonConfirmable, code: CODE.changed })
})
