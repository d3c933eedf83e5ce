import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { constants, setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { count } from '../demo/terminal.ts'
import { RawDevice } from '../support/raw-device.ts'
import { until } from '../support/until.ts'
import { type Attack, GotThrough, held, tallied } from './attack.ts'
import { refusals, type Stage } from './stage.ts'

/** Everything comes from here; honest devices are elsewhere. */
const FROM = '127.0.0.9'
const CONNECTIONS = 20_000
/** Of an address, at the MQTT door. */
const MQTT_EACH = 1_000
/** Honest devices, and one that comes. */
const ROOM = 8
const DATAGRAMS = 1_000_000
const REQUESTS = 6_000
const REQUESTS_AT_ONCE = 50
const NEWCOMER_MS = 20_000
/** CONNECT of MQTT 3.1.1 with a password that is no token. @see MQTT 3.1.1 §3.1 */
const CONNECT = '101a00044d51545404c2003c00036d6174000362796500046e6f6e65'
const GET = Buffer.from('GET /v1/realm HTTP/1.1\r\nHost: hospital\r\n').toString('hex')

/** Run a flood to its end, by a process of its own. */
async function flood(
  program: string,
  args: Readonly<Record<string, string | number>>,
  onTally: (tally: Tally) => void,
): Promise<Tally> {
  const named = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, [file, ...named], { stdio: ['ignore', 'pipe', 'inherit'] })
  // An attacker has processors of its own: what is measured is the hospital, not how two cores are shared.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let last: Tally = { tried: 0, answered: 0, held: 0, heldMost: 0, closed: 0 }
  for await (const line of createInterface({ input: child.stdout })) {
    last = { ...last, ...JSON.parse(line) }
    onTally(last)
  }
  if (child.exitCode === null) await once(child, 'exit')
  process.off('exit', kill)
  if (child.exitCode !== 0) throw new Error(`${program} ended with ${child.exitCode}`)
  return last
}

interface Tally {
  readonly tried: number
  readonly answered: number
  readonly held: number
  readonly heldMost: number
  readonly closed: number
}

/** How many connections the MQTT door had at most, by its own count, until `signal` aborts. */
async function mostConnections({ client }: Stage, signal: AbortSignal): Promise<number> {
  let most = 0
  while (!signal.aborted) {
    await delay(500)
    const { bytes } = await client.ask('/metrics')
    most = Math.max(most, Number(/^hygeia_mqtt_connections (\d+)/m.exec(bytes.toString())?.[1] ?? 0))
  }
  return most
}

/** While it goes on, somebody honest comes anew: logs in and has a batch taken. @returns after how many ms */
async function newcomer({ patient, hospital }: Stage, kind: 'mqtt' | 'coap'): Promise<number> {
  const device = await RawDevice.bind(patient, hospital, kind)
  const began = performance.now()
  device.connect()
  try {
    const batch = device.seal()
    await until('the newcomer is heard', () => device.deliver(batch), NEWCOMER_MS).catch((cause: unknown) => {
      throw new GotThrough(`an honest newcomer is kept out: ${device.lastFault}`, { cause })
    })
    return performance.now() - began
  } finally {
    await device.finish()
  }
}

const connections: Attack = {
  row: 'flood',
  does: `${count(CONNECTIONS)} connections (TCP, TLS, MQTT, HTTP; idle and slow) from one address`,
  run: async (stage, tell) => {
    const { mqtt, api } = stage.hospital.endpoints
    const each = CONNECTIONS / 2
    const told = [0, 0]
    const at = (door: number, name: string) => (tally: Tally) => {
      told[door] = tally.tried
      tell(told.reduce((a, b) => a + b) / CONNECTIONS, `${count(tally.held)} open at ${name}`)
    }
    const both = Promise.all([
      flood(
        'flood-connections.ts',
        { from: FROM, port: portOf(mqtt), count: each, first: CONNECT },
        at(0, 'MQTT'),
      ),
      flood(
        'flood-connections.ts',
        { from: FROM, port: portOf(api), count: each, first: GET },
        at(1, 'HTTPS'),
      ),
    ])
    const watched = new AbortController()
    const watch = mostConnections(stage, watched.signal)
    await delay(2_000)
    const ms = await newcomer(stage, 'mqtt')
    const [broker, https] = await both
    watched.abort()
    const most = await watch
    held(most <= MQTT_EACH + ROOM, `${most} were let in at once`)
    return `TOO_MANY_CONNECTIONS: of ${count(broker.tried + https.tried)}, ${count(most)} at most stay at the MQTT door; a newcomer is in after ${Math.round(ms)} ms`
  },
}

const datagrams: Attack = {
  row: 'flood',
  does: `${count(DATAGRAMS)} datagrams (junk, CoAP, bodies that never end) from one address`,
  run: async (stage, tell) => {
    const before = await refusals(stage, 'coap', 'RATE_LIMITED')
    const port = portOf(stage.hospital.endpoints.coap)
    const flooding = flood('flood-datagrams.ts', { from: FROM, port, count: DATAGRAMS }, ({ tried }) =>
      tell(tried / DATAGRAMS, `${count(tried)} datagrams`),
    )
    const [{ tried, answered }, ms] = await Promise.all([
      flooding,
      delay(1_000).then(() => newcomer(stage, 'coap')),
    ])
    const limited = (await refusals(stage, 'coap', 'RATE_LIMITED')) - before
    return `RATE_LIMITED: of ${count(tried)}, ${count(limited)} were read and dropped, ${count(answered)} answered; a newcomer is in after ${Math.round(ms)} ms`
  },
}

const requests: Attack = {
  row: 'flood',
  does: `${count(REQUESTS)} HTTP requests from one address`,
  run: async ({ hospital }, tell) => {
    const ca = await hospital.ca()
    const agent = new Agent({ ca, keepAlive: true, maxSockets: REQUESTS_AT_ONCE, localAddress: FROM })
    const get = () =>
      new Promise<number>((resolve, reject) => {
        request(`${hospital.endpoints.api}/v1/realm`, { agent }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0))
        })
          .once('error', reject)
          .end()
      })
    const statuses: number[] = []
    while (statuses.length < REQUESTS) {
      statuses.push(...(await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, get))))
      tell(statuses.length / REQUESTS, `${count(statuses.length)} requests`)
    }
    agent.destroy()
    held(statuses.includes(429), 'nobody was turned away')
    return tallied(statuses.map((status) => (status === 429 ? '429 RATE_LIMITED' : String(status))))
  },
}

const portOf = (url: string) => Number(new URL(url).port)

export const floods: readonly Attack[] = [connections, datagrams, requests]
