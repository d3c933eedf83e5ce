import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that Linux gives to whoever connects: there, a port of a server that is killed for a moment could be
 * somebody else's when it comes back, and a device that knocks meanwhile could be connected to itself.
 */
const LOWEST = 12_000
/** Tests run side by side, and open what they were given some time later: each process has ports of its own. */
const PROCESSES = 200
const OF_EACH = 100

const given = new Set<number>()

/** A TCP and UDP port of 127.0.0.1 that nobody uses now and no other call of this process was given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + (process.pid % PROCESSES) * OF_EACH + randomInt(OF_EACH)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const tcp = createServer()
  const udp = createSocket('udp4')
  try {
    tcp.listen(port, '127.0.0.1')
    await once(tcp, 'listening')
    udp.bind(port, '127.0.0.1')
    await once(udp, 'listening')
    return true
  } catch {
    return false
  } finally {
    tcp.close()
    udp.close()
  }
}
