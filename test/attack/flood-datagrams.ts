import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CODE, encodeMessage, OPTION, TYPE } from '@hygeia/daemon/coap/message'

/*
 * flood-datagrams.ts --from ADDRESS --port N --count N: datagrams to the CoAP door, of which some are no CoAP, some ask
 * for what is not there, and some begin a body that never ends. Prints a line of JSON every half second.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '' },
    port: { type: 'string', default: '' },
    count: { type: 'string', default: '' },
  },
})
const count = Number(values.count)
const IN_A_ROW = 64
const LIMIT_MS = 120_000

const socket = createSocket('udp4')
socket.bind(0, values.from)
await once(socket, 'listening')
socket.connect(Number(values.port), '127.0.0.1')
await once(socket, 'connect')
socket.on('error', () => {})
const tally = { tried: 0, answered: 0 }
socket.on('message', () => tally.answered++)
const say = () => process.stdout.write(`${JSON.stringify(tally)}\n`)
const saying = setInterval(say, 500)
const deadline = performance.now() + LIMIT_MS
while (tally.tried < count && performance.now() < deadline) {
  for (let index = 0; index < IN_A_ROW; index++) socket.send(datagram(tally.tried++))
  await setImmediate()
}
clearInterval(saying)
say()
process.exit(0)

function datagram(index: number): Buffer {
  const kind = index % 4
  if (kind === 0) return randomBytes(32)
  const path = { number: OPTION.uriPath, value: Buffer.from(kind === 1 ? 'nothing' : 'batch') }
  const block = { number: OPTION.block1, value: Buffer.from([0x0e]) }
  return encodeMessage({
    type: TYPE.confirmable,
    code: CODE.post,
    id: index & 0xffff,
    token: Buffer.from([index & 0xff, (index >> 8) & 0xff]),
    options: kind === 3 ? [path, block, { number: OPTION.requestTag, value: randomBytes(4) }] : [path],
    payload: kind === 3 ? Buffer.alloc(1_024) : Buffer.from('x'),
  })
}
