import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { generate, type Packet } from 'mqtt-packet'
import t from 'tap'
import { FramedSocket, type OversizePublish } from '../../../src/broker/framing.ts'
import { seeded } from '../../corpus/world.ts'

/** A socket whose other end is this test. */
class Wire extends Duplex {
  readonly written: Buffer[] = []
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk)
    done()
  }
}

function framed() {
  const wire = new Wire()
  const oversize: OversizePublish[] = []
  const socket = new FramedSocket(
    { packetLimitBytes: 1_000, skipLimitBytes: 100_000, onOversize: (publish) => oversize.push(publish) },
    wire,
  )
  const passed: Buffer[] = []
  socket.on('data', (chunk: Buffer) => passed.push(chunk))
  const faults: Error[] = []
  socket.on('error', (fault) => faults.push(fault))
  return { wire, socket, oversize, passed: () => Buffer.concat(passed), faults }
}

const publish = (payload: Buffer, qos: 0 | 1 | 2 = 1, topic = 'hygeia/1/a/batch', messageId = 7): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  ...(qos === 0 ? {} : { messageId }),
  dup: false,
  retain: false,
})

/** `bytes` cut at places that look random. */
function cut(bytes: Buffer, seed: string, most: number): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0, step = 0; at < bytes.length; at += step) {
    step = 1 + (seeded(`${seed}/${at}`, 2).readUInt16BE() % most)
    parts.push(bytes.subarray(at, at + step))
  }
  return parts
}

const small = [
  generate({ cmd: 'pingreq' }),
  generate(publish(seeded('a', 900))),
  generate(publish(seeded('b', 0))),
  generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] }),
  generate(publish(seeded('c', 500), 0)),
]
const large = seeded('large', 5_000)

for (const most of [1, 2, 7, 300, 20_000]) {
  t.test(`packets pass as they are, cut into pieces of up to ${most}`, async (t) => {
    const { wire, oversize, passed, faults } = framed()
    const [first, ...others] = small
    if (first === undefined) throw new Error('five packets')
    const stream = [
      first,
      generate(publish(large, 1, 'topic', 258)),
      ...others,
      generate(publish(large, 0, 't')),
    ]
    for (const part of cut(Buffer.concat(stream), `cut ${most}`, most)) wire.push(part)
    wire.push(null)
    await once(wire, 'end')
    t.same(passed(), Buffer.concat(small), 'but for those that are too large')
    const digest = createHash('sha256').update(large).digest()
    t.same(oversize, [
      { topic: 'topic', qos: 1, messageId: 258, digest },
      { topic: 't', qos: 0, messageId: undefined, digest },
    ])
    t.same(faults, [])
  })
}

t.test('a topic that does not fit is not remembered', async (t) => {
  const { wire, oversize } = framed()
  wire.push(generate(publish(large, 1, 'x'.repeat(2_000))))
  wire.push(null)
  await once(wire, 'end')
  t.match(oversize, [{ topic: '', messageId: undefined }])
})

for (const [name, bytes] of [
  ['a publish beyond what is skipped', generate(publish(Buffer.alloc(100_001)))],
  [
    'another packet that is too large',
    generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'x'.repeat(1_001), qos: 1 }] }),
  ],
  ['a length of five bytes', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])],
] as const) {
  t.test(`${name} ends the connection`, async (t) => {
    const { wire, socket, passed } = framed()
    wire.push(bytes)
    await new Promise((resolve) => socket.once('close', resolve))
    t.equal(passed().length, 0)
    t.ok(wire.destroyed)
  })
}

t.test('what is written together goes out together', async (t) => {
  const { wire, socket } = framed()
  socket.cork()
  for (const part of ['a', 'b', 'c']) socket.write(part)
  socket.uncork()
  socket.end()
  await once(wire, 'finish')
  t.same(wire.written.map(String), ['abc'])
})
