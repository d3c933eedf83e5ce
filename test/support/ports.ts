import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Where a hospital's doors are. */
export interface Ports {
  readonly api: number
  readonly mqtt: number
  readonly coap: number
  readonly rpc: number
}

/**
 * Below those that Linux gives to whoever connects: there, a device that knocks at the door of a killed hospital
 * could be connected to itself.
 */
const LOWEST = 12_000
const HIGHEST = 32_000

/** Ports that nobody uses now, for a hospital that has to be found again after a restart. */
export async function steadyPorts(): Promise<Ports> {
  const taken = new Set<number>()
  const next = async () => {
    for (;;) {
      const port = await freePort()
      if (taken.has(port)) continue
      taken.add(port)
      return port
    }
  }
  return { api: await next(), mqtt: await next(), coap: await next(), rpc: await next() }
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
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
