import { hash } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import type { Ingest } from '../ingest/ingest.ts'
import { Limiter } from '../ingest/limiter.ts'
import type { IncidentBook } from '../ingest/ports.ts'
import { METRICS } from '../metrics/names.ts'
import { Bounded } from './bounded.ts'
import { Echo } from './echo.ts'
import { CODE, encodeMessage, type Message, parseMessage, TYPE } from './message.ts'
import { type Reply, Responder } from './responder.ts'

export interface CoapDoorOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Datagrams taken from one address in a second; the rest is dropped. */
  readonly perAddressPerSecond: number
}

export interface CoapDoorDeps {
  readonly ingest: Pick<Ingest, 'batch' | 'question'>
  readonly incidents: IncidentBook
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** A request that is being answered, or was: its datagram's hash and, once it is there, the reply. */
interface Exchange {
  readonly fingerprint: string
  reply: Buffer | undefined
}

/** @see RFC 9175 §2.4 */
const AMPLIFICATION = 3
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
/** Repetitions of a request stop after MAX_TRANSMIT_SPAN, 45 s. @see RFC 7252 §4.8.2 */
const EXCHANGES = { count: 8_192, bytes: 8 * 1024 * 1024, ttlMs: 60_000 }
const EXCHANGE_BYTES = 200

/**
 * The CoAP door: devices POST sealed batches and questions over UDP.
 *
 * Written on the datagrams themselves: a server that is meant for everybody holds every body of any size, keeps
 * timers for minutes for each exchange, and tells the blocks of a body apart by a token that clients change.
 */
export class CoapDoor implements Service {
  readonly #options: CoapDoorOptions
  readonly #deps: CoapDoorDeps
  readonly #limiter: Limiter
  readonly #echo: Echo
  readonly #exchanges: Bounded<Exchange>
  readonly #responder: Responder
  readonly #datagrams: Counter
  readonly #underway = new Set<Promise<void>>()
  #socket: Socket | undefined

  constructor(options: CoapDoorOptions, deps: CoapDoorDeps) {
    this.#options = options
    this.#deps = deps
    const perSecond = options.perAddressPerSecond
    this.#limiter = new Limiter({ perSecond, burst: 2 * perSecond, keys: 16_384 }, deps)
    this.#echo = new Echo(deps)
    this.#exchanges = new Bounded(EXCHANGES, deps)
    const { ingest, clock } = deps
    const onFault = (reason: string) => this.#note(reason)
    this.#responder = new Responder({ ingest, clock, echo: this.#echo, onFault })
    this.#datagrams = new Counter({
      ...METRICS.coapDatagramsTotal,
      registers: [deps.metrics],
    })
  }

  async start(): Promise<void> {
    const { host, port } = this.#options
    const type = isIPv6(host) ? 'udp6' : 'udp4'
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, host, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    socket.on('error', (err) => this.#deps.log.warn({ err }, 'coap socket'))
    socket.on('message', (bytes, from) => this.#onDatagram(bytes, from))
    this.#socket = socket
  }

  async stop(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) return
    this.#socket = undefined
    await Promise.all(this.#underway)
    await new Promise<void>((resolve) => socket.close(resolve))
  }

  /** Port that it listens on; known once started. */
  get port(): number {
    return this.#socket?.address().port ?? 0
  }

  #onDatagram(bytes: Buffer, from: RemoteInfo): void {
    this.#datagrams.inc()
    if (!this.#limiter.take(from.address)) {
      this.#note('RATE_LIMITED')
      return
    }
    const message = parseMessage(bytes)
    if (message === undefined) {
      this.#note('MALFORMED_MESSAGE')
      // A confirmable one is rejected; what is not even that long is not answered.
      const isConfirmable = bytes.length >= 4 && ((bytes[0] ?? 0) & 0xf0) >> 4 === 0b0100
      if (isConfirmable) this.#send(from, emptyMessage(TYPE.reset, bytes.readUInt16BE(2)))
      return
    }
    if (message.type === TYPE.acknowledgement || message.type === TYPE.reset) return
    if (message.code === CODE.empty || message.code >> 5 !== 0) {
      // A ping, or a response to a question that nobody asked.
      if (message.type === TYPE.confirmable) this.#send(from, emptyMessage(TYPE.reset, message.id))
      return
    }
    const work = this.#answer(message, bytes, from)
    this.#underway.add(work)
    void work.finally(() => this.#underway.delete(work))
  }

  async #answer(message: Message, bytes: Buffer, from: RemoteInfo): Promise<void> {
    const endpoint = `${from.address} ${from.port}`
    const key = `${endpoint} ${message.id}`
    const fingerprint = hash('sha256', bytes, 'base64')
    const seen = this.#exchanges.get(key)
    if (seen?.fingerprint === fingerprint) {
      // Sent again: the same reply, or patience while there is none yet.
      if (seen.reply !== undefined) this.#send(from, seen.reply)
      return
    }
    const exchange: Exchange = { fingerprint, reply: undefined }
    this.#exchanges.put(key, exchange, EXCHANGE_BYTES)
    const said = await this.#responder.reply(message, endpoint, from.address).catch((err: unknown): Reply => {
      this.#deps.log.error({ err }, 'coap request failed')
      return this.#responder.fault(CODE.internal, 'INTERNAL')
    })
    const type = message.type === TYPE.confirmable ? TYPE.acknowledgement : TYPE.nonConfirmable
    const encode = ({ code, options = [], payload = new Uint8Array(0) }: Reply) =>
      encodeMessage({ type, code, id: message.id, token: message.token, options, payload })
    let reply = encode(said)
    if (reply.length > bytes.length * AMPLIFICATION && !this.#echo.isProven(endpoint)) {
      reply = encode(this.#responder.challenge(endpoint))
    }
    exchange.reply = reply
    if (this.#exchanges.get(key) === exchange)
      this.#exchanges.put(key, exchange, EXCHANGE_BYTES + reply.length)
    this.#send(from, reply)
  }

  #note(reason: string): void {
    this.#deps.incidents.note({ door: 'coap', reason })
  }

  #send({ port, address }: RemoteInfo, reply: Buffer): void {
    // A reply that cannot be sent is asked for again.
    this.#socket?.send(reply, port, address, () => {})
  }
}

function emptyMessage(type: number, id: number): Buffer {
  const none = new Uint8Array(0)
  return encodeMessage({ type, code: CODE.empty, id, token: none, options: [], payload: none })
}
