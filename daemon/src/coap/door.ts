import { hash } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { COAP_PATHS } from '@hygeia/protocol/device-link/topics'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import type { Ingest, Source } from '../ingest/ingest.ts'
import { Limiter } from '../ingest/limiter.ts'
import type { IncidentBook } from '../ingest/ports.ts'
import { type Block, blockBytes, encodeBlock, LARGEST_EXPONENT, parseBlock } from './block.ts'
import { Bounded } from './bounded.ts'
import { Echo } from './echo.ts'
import {
  CODE,
  encodeMessage,
  hasUnknownCritical,
  type Message,
  OPTION,
  type Option,
  optionOf,
  parseMessage,
  pathOf,
  readUint,
  TYPE,
  uintValue,
} from './message.ts'
import { Uploads } from './uploads.ts'

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

/** What is said to a request, before it is made a message. */
interface Reply {
  readonly code: number
  readonly options?: readonly Option[]
  readonly payload?: Uint8Array
}

/** A request that is being answered, or was: its datagram's hash and, once it is there, the reply. */
interface Exchange {
  readonly fingerprint: string
  reply: Buffer | undefined
}

/** @see RFC 9175 §2.4 */
const AMPLIFICATION = 3
/** Bytes of answers to one question: what does not fit is asked for again. */
const REPLY_LIMIT_BYTES = 24 * 1024
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
/** Repetitions of a request stop after MAX_TRANSMIT_SPAN, 45 s. @see RFC 7252 §4.8.2 */
const EXCHANGES = { count: 8_192, bytes: 8 * 1024 * 1024, ttlMs: 60_000 }
const LARGE_REPLIES = { count: 512, bytes: 8 * 1024 * 1024, ttlMs: 60_000 }
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
  readonly #uploads: Uploads
  readonly #echo: Echo
  readonly #exchanges: Bounded<Exchange>
  readonly #large: Bounded<Uint8Array>
  readonly #datagrams: Counter
  readonly #underway = new Set<Promise<void>>()
  #socket: Socket | undefined

  constructor(options: CoapDoorOptions, deps: CoapDoorDeps) {
    this.#options = options
    this.#deps = deps
    const perSecond = options.perAddressPerSecond
    this.#limiter = new Limiter({ perSecond, burst: 2 * perSecond, keys: 16_384 }, deps)
    this.#uploads = new Uploads({ bodyLimitBytes: SEALED_LIMIT_BYTES }, deps)
    this.#echo = new Echo(deps)
    this.#exchanges = new Bounded(EXCHANGES, deps)
    this.#large = new Bounded(LARGE_REPLIES, deps)
    this.#datagrams = new Counter({
      name: 'hygeia_coap_datagrams_total',
      help: 'Datagrams that came to the CoAP door',
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
    const said = await this.#reply(message, endpoint, from.address).catch((err: unknown): Reply => {
      this.#deps.log.error({ err }, 'coap request failed')
      return this.#fault(CODE.internal, 'INTERNAL')
    })
    const type = message.type === TYPE.confirmable ? TYPE.acknowledgement : TYPE.nonConfirmable
    const encode = ({ code, options = [], payload = new Uint8Array(0) }: Reply) =>
      encodeMessage({ type, code, id: message.id, token: message.token, options, payload })
    let reply = encode(said)
    if (reply.length > bytes.length * AMPLIFICATION && !this.#echo.isProven(endpoint)) {
      reply = encode(this.#challenge(endpoint))
    }
    exchange.reply = reply
    if (this.#exchanges.get(key) === exchange)
      this.#exchanges.put(key, exchange, EXCHANGE_BYTES + reply.length)
    this.#send(from, reply)
  }

  async #reply(message: Message, endpoint: string, address: string): Promise<Reply> {
    if (hasUnknownCritical(message)) return this.#fault(CODE.badOption, 'BAD_OPTION')
    const path = pathOf(message)
    if (path !== COAP_PATHS.batch && path !== COAP_PATHS.question)
      return this.#fault(CODE.notFound, 'NOT_FOUND')
    if (message.code !== CODE.post) return this.#fault(CODE.methodNotAllowed, 'METHOD_NOT_ALLOWED')
    const echo = optionOf(message, OPTION.echo)
    if (echo !== undefined && !this.#echo.prove(endpoint, echo)) return this.#challenge(endpoint)

    const wanted = readBlock(message, OPTION.block2)
    const block = readBlock(message, OPTION.block1)
    if (wanted === 'malformed' || block === 'malformed') return this.#fault(CODE.badOption, 'BAD_OPTION')
    const large = `${endpoint} ${path}`
    if (wanted !== undefined && wanted.number > 0) {
      const held = this.#large.get(large)
      return held === undefined ? this.#fault(CODE.incomplete, 'INCOMPLETE') : this.#part(held, wanted, [])
    }
    let body: Uint8Array = message.payload
    const options: Option[] = []
    if (block !== undefined) {
      const size = readUint(optionOf(message, OPTION.size1) ?? new Uint8Array(0))
      if (size === undefined || size > SEALED_LIMIT_BYTES) return this.#tooLarge()
      if (block.hasMore && this.#uploads.isCrowded && !this.#echo.isProven(endpoint)) {
        return this.#challenge(endpoint)
      }
      const tag = Buffer.from(optionOf(message, OPTION.requestTag) ?? []).toString('hex')
      const progress = this.#uploads.take(`${endpoint} ${path} ${tag}`, block, message.payload)
      options.push({ number: OPTION.block1, value: encodeBlock(block) })
      if (progress.state === 'more') return { code: CODE.continue, options }
      if (progress.state === 'refused') {
        if (progress.reason === 'TOO_LARGE') return this.#tooLarge()
        return this.#fault(
          progress.reason === 'INCOMPLETE' ? CODE.incomplete : CODE.badRequest,
          progress.reason,
        )
      }
      body = progress.body
    }
    const payload = await this.#ask(path, body, endpoint, address)
    const first = { number: 0, hasMore: false, sizeExponent: wanted?.sizeExponent ?? LARGEST_EXPONENT }
    if (payload.length <= blockBytes(first)) return { code: CODE.changed, options, payload }
    this.#large.put(large, payload, payload.length)
    return this.#part(payload, first, options)
  }

  async #ask(path: string, body: Uint8Array, name: string, group: string): Promise<Uint8Array> {
    const source: Source = {
      door: 'coap',
      device: undefined,
      name,
      group,
      replyLimitBytes: REPLY_LIMIT_BYTES,
    }
    const { ingest } = this.#deps
    const isBatch = path === COAP_PATHS.batch
    return encodeAnswers(await (isBatch ? ingest.batch(body, source) : ingest.question(body, source)))
  }

  /** One block of a reply that is larger than a datagram should be. @see RFC 7959 §2.4 */
  #part(payload: Uint8Array, wanted: Block, options: readonly Option[]): Reply {
    const sizeBytes = blockBytes(wanted)
    const start = wanted.number * sizeBytes
    if (start >= payload.length) return this.#fault(CODE.badOption, 'BAD_OPTION')
    const hasMore = start + sizeBytes < payload.length
    return {
      code: CODE.changed,
      options: [
        ...options,
        { number: OPTION.etag, value: hash('sha256', payload, 'buffer').subarray(0, 8) },
        { number: OPTION.block2, value: encodeBlock({ ...wanted, hasMore }) },
        ...(wanted.number === 0 ? [{ number: OPTION.size2, value: uintValue(payload.length) }] : []),
      ],
      payload: payload.subarray(start, start + sizeBytes),
    }
  }

  #challenge(endpoint: string): Reply {
    return {
      code: CODE.unauthorized,
      options: [{ number: OPTION.echo, value: this.#echo.challenge(endpoint) }],
    }
  }

  #tooLarge(): Reply {
    const options = [{ number: OPTION.size1, value: uintValue(SEALED_LIMIT_BYTES) }]
    return { ...this.#fault(CODE.tooLarge, 'TOO_LARGE'), options }
  }

  /** A refusal whose name is in the payload, as RFC 7252 §5.5.2 has it. */
  #fault(code: number, reason: string): Reply {
    this.#note(reason)
    return { code, payload: Buffer.from(reason) }
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

function readBlock(message: Message, number: number): Block | 'malformed' | undefined {
  const value = optionOf(message, number)
  return value === undefined ? undefined : (parseBlock(value) ?? 'malformed')
}
