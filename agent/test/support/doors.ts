import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { parseTopic, topicOf } from '@hygeia/protocol/device-link/topics'
import { verifyDeviceToken } from '@hygeia/protocol/login/device-token'
import { Aedes } from 'aedes'
import { createServer as createCoapServer } from 'coap'
import type { TestCertificates } from './certificates.ts'
import type { TestHospital } from './hospital.ts'
import { REALM } from './realm.ts'

export interface Door {
  readonly url: string
  close(): Promise<void>
}

/** Single-use nonces, given out over HTTPS and taken at the broker. */
export class Nonces {
  readonly #open = new Set<string>()
  give(): string {
    const nonce = randomBytes(16).toString('hex')
    this.#open.add(nonce)
    return nonce
  }

  take(nonce: string): boolean {
    return this.#open.delete(nonce)
  }
}

export interface ApiState {
  readonly nonces: Nonces
  readonly mailboxes: Map<string, { offer?: Buffer; answer?: Uint8Array }>
  /** What `/v1/realm` says besides. */
  realm: Record<string, unknown>
}

/** The hospital's HTTPS API, as far as devices know it. */
export async function openApi(tls: TestCertificates, state: ApiState): Promise<Door> {
  const server = createHttpsServer(tls, (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? ''
      const json = (body: unknown) => response.end(JSON.stringify(body))
      if (path === '/v1/ca.pem') return response.end(tls.ca)
      if (path === '/v1/realm') return json({ ...REALM, caHash: tls.caHash, ...state.realm })
      if (path === '/v1/device-nonce') return json({ nonce: state.nonces.give() })
      const [, name = '', part] = /^\/v1\/pairings\/(0x[0-9a-f]+)\/(offer|answer)$/.exec(path) ?? []
      const mailbox = state.mailboxes.get(name)
      if (mailbox !== undefined && part === 'offer' && request.method === 'PUT') {
        mailbox.offer = Buffer.concat(parts)
        response.statusCode = 204
        return response.end()
      }
      if (mailbox?.answer !== undefined && part === 'answer') return response.end(mailbox.answer)
      response.statusCode = 404
      return json({ code: 'NOT_FOUND' })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface BrokerDoor extends Door {
  readonly broker: Aedes
  /** Cut every connection. */
  cut(): void
  /** Log-ins that were refused. */
  refused: number
}

/** An aedes broker over TLS that lets devices in by their token. */
export async function openBroker(
  tls: TestCertificates,
  hospital: TestHospital,
  nonces: Nonces,
): Promise<BrokerDoor> {
  const sockets = new Set<import('node:net').Socket>()
  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      const isGood = (() => {
        try {
          const claims = verifyDeviceToken(String(password))
          return (
            claims.device === username &&
            claims.hospital === hospital.operator &&
            claims.clientId === client.id &&
            nonces.take(claims.nonce)
          )
        } catch {
          return false
        }
      })()
      if (!isGood) door.refused++
      done(null, isGood)
    },
    authorizePublish: (_client, packet, done) => {
      const topic = parseTopic(packet.topic)
      if (topic !== undefined) {
        const payload = new Uint8Array(packet.payload as Buffer)
        const answers = topic.kind === 'batch' ? hospital.takeBatch(payload) : hospital.takeQuestion(payload)
        if (answers.length > 0) hospital.push(topic.device, encodeAnswers(answers))
      }
      done(null)
    },
  })
  hospital.push = (device, answers) => {
    const topic = topicOf(device, 'answer')
    broker.publish(
      { cmd: 'publish', topic, payload: Buffer.from(answers), qos: 1, dup: false, retain: false },
      () => {},
    )
  }
  const server = createTlsServer(tls, (socket) => broker.handle(socket))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const door: BrokerDoor = {
    url: `mqtts://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broker,
    refused: 0,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => broker.close(resolve))
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return door
}

/** RFC 9175; the library has no name for it. */
const ECHO: string = '252'
/** Message type. @see RFC 7252 §3 */
const RESET = 3

/** The library's own CoAP server, which wants to know that an address is real before it answers. */
export async function openCoap(hospital: TestHospital): Promise<Door> {
  const proven = new Set<string>()
  const server = createCoapServer({ type: 'udp4' }, (request, response) => {
    const payload = new Uint8Array(request.payload)
    const endpoint = `${request.rsinfo.address}:${request.rsinfo.port}`
    const echo = request._packet.options?.find(({ name }) => name === ECHO)?.value
    if (!proven.has(endpoint) && String(echo) !== endpoint) {
      response.code = '4.01'
      response.setOption(ECHO, Buffer.from(endpoint))
      return response.end()
    }
    proven.add(endpoint)
    const answers = request.url === '/batch' ? hospital.takeBatch(payload) : hospital.takeQuestion(payload)
    response.code = '2.04'
    response.end(Buffer.from(encodeAnswers(answers)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { _sock: socket } = server as unknown as { readonly _sock: Socket }
  ignoreResets(socket)
  const { port } = socket.address()
  return {
    url: `coap://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/**
 * The library answers a Reset with an error, which a client resets in turn, for ever, and over a network that repeats
 * datagrams ever more often. A Reset is never answered. @see RFC 7252 §4.2
 */
function ignoreResets(socket: Socket): void {
  const listeners = socket.listeners('message') as ((...datagram: unknown[]) => void)[]
  socket.removeAllListeners('message')
  socket.on('message', (bytes, from) => {
    if (((bytes[0] ?? 0) >> 4) % 4 === RESET) return
    for (const listener of listeners) listener.call(socket, bytes, from)
  })
}
