import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { parseArgs } from 'node:util'

/*
 * flood-connections.ts --from ADDRESS --port N --count N --first HEX: connections to one door, a quarter each of which
 * says nothing, shakes hands and says nothing, says a byte a second, and says something and waits. Prints a line of JSON
 * every half second, and ends when all were tried.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '' },
    port: { type: 'string', default: '' },
    count: { type: 'string', default: '' },
    first: { type: 'string', default: '' },
  },
})
const count = Number(values.count)
const at = { host: '127.0.0.1', port: Number(values.port), localAddress: values.from }
/** What a client says first at this door. */
const first = Buffer.from(values.first, 'hex')
/** Connections that are being made at a time. */
const AT_ONCE = 400
const LIMIT_MS = 120_000
const HANDSHAKE_MS = 1_500
const BYTE_MS = 1_000
const HOLD_MS = 3_000

const open = new Set<Socket>()
const tally = { tried: 0, held: 0, heldMost: 0, closed: 0 }
const say = () => {
  tally.held = open.size
  tally.heldMost = Math.max(tally.heldMost, open.size)
  process.stdout.write(`${JSON.stringify(tally)}\n`)
}
const saying = setInterval(say, 500)
const deadline = performance.now() + LIMIT_MS
let next = 0
await Promise.all(Array.from({ length: AT_ONCE }, openInTurn))
// What was let in stays as long as it may.
await delay(HOLD_MS)
clearInterval(saying)
say()
process.exit(0)

async function openInTurn(): Promise<void> {
  while (next < count && performance.now() < deadline) {
    const index = next++
    const socket = index % 4 === 0 ? connectTcp(at) : connectTls({ ...at, rejectUnauthorized: false })
    open.add(socket)
    let dripping: NodeJS.Timeout | undefined
    socket.on('error', () => {})
    socket.once('close', () => {
      clearInterval(dripping)
      open.delete(socket)
      tally.closed++
    })
    socket.resume()
    const made = once(socket, index % 4 === 0 ? 'connect' : 'secureConnect')
    const isMade = await Promise.race([
      made.then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(
        () => false,
        () => false,
      ),
      delay(HANDSHAKE_MS, false),
    ])
    tally.tried++
    if (!isMade) continue
    if (index % 4 === 2) {
      let sent = 0
      dripping = setInterval(() => socket.write(first.subarray(sent, ++sent)), BYTE_MS)
    }
    if (index % 4 === 3) socket.write(first)
  }
}
