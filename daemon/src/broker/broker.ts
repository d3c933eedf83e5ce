import { hash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { parseTopic, topicOf } from '@hygeia/protocol/device-link/topics'
import type { Address } from '@hygeia/protocol/ids'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { AedesOptions, Client } from 'aedes'
import { Gauge, type Registry } from 'prom-client'
import type { Ingest, Source } from '../ingest/ingest.ts'
import type { IncidentBook } from '../ingest/ports.ts'
import { METRICS } from '../metrics/names.ts'
import { AnswerLine } from './answer-line.ts'
import { FramedSocket, type OversizePublish } from './framing.ts'
import { type LoginDeps, logIn } from './login.ts'
import { Places } from './places.ts'
import { QuietAedes } from './quiet-aedes.ts'

export interface MqttBrokerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls: { readonly key: string; readonly cert: string }
  /** Operator account of this hospital. */
  readonly hospital: Address
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly connectionsPerDevice: number
}

export interface MqttBrokerDeps extends Omit<LoginDeps, 'hospital'> {
  readonly ingest: Pick<Ingest, 'batch' | 'question' | 'refuse'>
  readonly incidents: IncidentBook
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

interface Session {
  readonly device: Address
  readonly source: Source
}

/** Topic and message id besides the largest batch. */
const PACKET_LIMIT_BYTES = SEALED_LIMIT_BYTES + 512
const SKIP_LIMIT_BYTES = 4 * 1024 * 1024
/** Largest message of receipts. */
const MESSAGE_LIMIT_BYTES = 512 * 1024
const HANDSHAKE_MS = 10_000
const KEEPALIVE_LIMIT_SEC = 3_600
const NOT_AUTHORIZED = 5

/** The MQTT door: devices publish sealed batches and questions over TLS, and hear what became of them. */
export class MqttBroker implements Service {
  readonly #options: MqttBrokerOptions
  readonly #deps: MqttBrokerDeps
  readonly #server: Server
  readonly #aedes: QuietAedes
  readonly #sessions = new WeakMap<Client, Session>()
  readonly #wills = new WeakSet<Client>()
  readonly #answers: AnswerLine
  readonly #addresses: Places
  readonly #devices: Places

  constructor(options: MqttBrokerOptions, deps: MqttBrokerDeps) {
    this.#options = options
    this.#deps = deps
    this.#addresses = new Places(options.connectionsPerAddress)
    this.#devices = new Places(options.connectionsPerDevice)
    this.#answers = new AnswerLine(deps)
    this.#server = createServer({ ...options.tls, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS })
    this.#server.maxConnections = options.connections
    this.#aedes = new QuietAedes(this.#aedesOptions())
    const registers = [deps.metrics]
    const server = this.#server
    new Gauge({
      ...METRICS.mqttConnections,
      registers,
      async collect() {
        this.set(
          await new Promise<number>((resolve) => server.getConnections((_err, count) => resolve(count ?? 0))),
        )
      },
    })
  }

  async start(): Promise<void> {
    const { host, port } = this.#options
    await this.#aedes.listen()
    this.#aedes.on('clientError', (_client, err) => this.#onFault(err))
    this.#aedes.on('connectionError', (_client, err) => this.#onFault(err))
    this.#aedes.on('clientDisconnect', (client) => this.#onGone(client))
    this.#server.on('connection', (socket) => {
      const address = socket.remoteAddress ?? ''
      if (!this.#addresses.enter(address)) {
        this.#deps.incidents.note({ door: 'mqtt', reason: 'TOO_MANY_CONNECTIONS' })
        socket.destroy()
        return
      }
      socket.once('close', () => this.#addresses.leave(address))
    })
    this.#server.on('drop', () => this.#deps.incidents.note({ door: 'mqtt', reason: 'TOO_MANY_CONNECTIONS' }))
    this.#server.on('tlsClientError', () => this.#deps.incidents.note({ door: 'mqtt', reason: 'TLS' }))
    this.#server.on('secureConnection', (socket) => this.#onConnection(socket))
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await new Promise<void>((resolve) => this.#aedes.close(resolve))
    await closed
  }

  /** Port that it listens on; known once started. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Whether a device is connected and listens for answers. */
  isListening(device: Address): boolean {
    return this.#answers.isListening(device)
  }

  /** Tell a connected device; does nothing for others, which ask when they are back. */
  push(device: Address, answers: readonly Answer[]): void {
    this.#answers.push(device, answers)
  }

  #onConnection(socket: TLSSocket): void {
    socket.setNoDelay(true)
    const framed: FramedSocket = new FramedSocket(
      {
        packetLimitBytes: PACKET_LIMIT_BYTES,
        skipLimitBytes: SKIP_LIMIT_BYTES,
        onOversize: (publish) => this.#onOversize(client, framed, publish),
      },
      socket,
    )
    const client = this.#aedes.handle(framed)
  }

  #aedesOptions(): AedesOptions {
    return {
      connectTimeout: HANDSHAKE_MS,
      keepaliveLimit: KEEPALIVE_LIMIT_SEC,
      maxInflightInbound: 16,
      drainTimeout: 30_000,
      preConnect: (client, packet, done) => {
        // No session outlives its connection: what was missed is asked for.
        packet.clean = true
        if (packet.will !== undefined && packet.will !== null) this.#wills.add(client)
        delete packet.will
        // A second connection of the same client takes over from the first: never another device's.
        packet.clientId = `${packet.username ?? ''} ${packet.clientId}`
        done(null, true)
      },
      authenticate: (client, username, password, done) => {
        this.#authenticate(client, username, password).then(
          (isWelcome) => {
            const refusal = Object.assign(new Error('not authorized'), { returnCode: NOT_AUTHORIZED })
            done(isWelcome ? null : refusal, isWelcome)
          },
          (err: unknown) => {
            this.#deps.log.error({ err }, 'log-in failed')
            done(Object.assign(new Error('log-in failed'), { returnCode: 3 }), false)
          },
        )
      },
      authorizePublish: (client, { topic, payload, retain }, done) => {
        if (client === null) return done(new Error('nobody publishes'))
        this.#take(client, topic, typeof payload === 'string' ? Buffer.from(payload) : payload, retain).then(
          () => done(),
          (err: unknown) => {
            this.#deps.log.error({ err }, 'publish failed')
            done(err instanceof Error ? err : new Error('publish failed'))
          },
        )
      },
      authorizeSubscribe: (client, subscription, done) => {
        const session = this.#sessions.get(client)
        if (session === undefined || subscription.topic !== topicOf(session.device, 'answer')) {
          this.#deps.incidents.note({ door: 'mqtt', reason: 'FOREIGN_TOPIC', device: session?.device })
          return done(null, null)
        }
        this.#answers.listen(session.device, client)
        done(null, { ...subscription, qos: 0 })
      },
    }
  }

  async #authenticate(client: Client, username: string | undefined, password: Buffer | undefined) {
    const { incidents } = this.#deps
    const clientId = client.id.slice(`${username ?? ''} `.length)
    const hasWill = this.#wills.has(client)
    const request = { username, password: password?.toString('latin1'), clientId, hasWill }
    const login = await logIn(request, { ...this.#deps, hospital: this.#options.hospital })
    if ('refusal' in login) {
      incidents.note({ door: 'mqtt', reason: login.refusal, device: login.device })
      return false
    }
    const { device } = login
    if (!this.#devices.enter(device)) {
      incidents.note({ door: 'mqtt', reason: 'TOO_MANY_CONNECTIONS', device })
      return false
    }
    client.conn.once('close', () => this.#devices.leave(device))
    const source: Source = {
      door: 'mqtt',
      device,
      name: device,
      group: device,
      replyLimitBytes: MESSAGE_LIMIT_BYTES,
    }
    this.#sessions.set(client, { device, source })
    return true
  }

  /** Everything published ends here, answered by name; only then is it acknowledged. */
  async #take(client: Client, topic: string, payload: Buffer, isRetained: boolean): Promise<void> {
    const session = this.#sessions.get(client)
    if (session === undefined) throw new Error('published without a session')
    const { device, source } = session
    const { ingest, incidents } = this.#deps
    if (isRetained) incidents.note({ door: 'mqtt', reason: 'RETAIN_IGNORED', device })
    const to = parseTopic(topic)
    let answers: readonly Answer[]
    if (to === undefined || to.kind === 'answer') {
      answers = [ingest.refuse(hash('sha256', payload, 'buffer'), 'MALFORMED', source)]
    } else if (to.device !== device) {
      answers = [ingest.refuse(hash('sha256', payload, 'buffer'), 'WRONG_DEVICE', source)]
    } else if (to.kind === 'batch') {
      answers = await ingest.batch(payload, source)
    } else {
      answers = await ingest.question(payload, source)
    }
    if (answers.length > 0) this.#answers.answer(device, client, answers)
  }

  #onOversize(client: Client, framed: FramedSocket, { digest, messageId, qos }: OversizePublish): void {
    const session = this.#sessions.get(client)
    if (session === undefined) {
      framed.destroy()
      return
    }
    const answer = this.#deps.ingest.refuse(digest, 'TOO_LARGE', session.source)
    this.#answers.answer(session.device, client, [answer])
    if (qos === 0) return
    if (messageId === undefined) {
      framed.destroy()
      return
    }
    // PUBACK, or PUBREC for the careful: refused, and so answered.
    framed.write(Buffer.from([qos === 1 ? 0x40 : 0x50, 2, messageId >> 8, messageId & 0xff]))
  }

  #onGone(client: Client): void {
    const session = this.#sessions.get(client)
    if (session !== undefined) this.#answers.leave(session.device, client)
  }

  #onFault(err: Error): void {
    const isOrdinary = 'code' in err && (err.code === 'ECONNRESET' || err.code === 'EPIPE')
    if (!isOrdinary) this.#deps.incidents.note({ door: 'mqtt', reason: 'PROTOCOL' })
    this.#deps.log.debug({ err }, 'connection failed')
  }
}
