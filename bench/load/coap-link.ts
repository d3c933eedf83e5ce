import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Ask, acknowledgement, CODE, KIND, parsePacket, post } from './coap-packets.ts'

export interface CoapLinkOptions {
  readonly host: string
  readonly port: number
  /** Address of this device. */
  readonly localAddress: string
  readonly onLost: (cause: Error) => void
}

interface Exchange {
  readonly path: string
  readonly payload: Uint8Array
  readonly parts: Buffer[]
  readonly onAnswer: (payload: Buffer) => void
  id: number
  bytes: Buffer
  sentAt: number
  repeats: number
  /** Acknowledged: the answer comes by itself, and nothing is repeated. */
  isTaken: boolean
}

/** @see RFC 7252 §4.8, without the random part */
const ACK_TIMEOUT_MS = 2_000
const REPEATS = 4
const LOOK_MS = 250
/** Success. @see RFC 7252 §5.9.1 */
const CLASS_SUCCESS = 2

/**
 * One device's confirmable POSTs over UDP, and their answers in blocks.
 *
 * The `coap` package's client costs about as much as the server that is measured.
 */
export class CoapLink {
  readonly #options: CoapLinkOptions
  readonly #socket: Socket
  readonly #exchanges = new Map<number, Exchange>()
  readonly #timer: NodeJS.Timeout
  #id = Math.floor(Math.random() * 0x1_0000)
  #token = 0
  /** Requests that had to be sent again. */
  repeats = 0

  private constructor(options: CoapLinkOptions) {
    this.#options = options
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    this.#socket.on('message', (bytes) => this.#take(bytes))
    this.#socket.on('error', options.onLost)
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  static async open(options: CoapLinkOptions): Promise<CoapLink> {
    const link = new CoapLink(options)
    link.#socket.bind(0, options.localAddress)
    await once(link.#socket, 'listening')
    return link
  }

  /** @param onAnswer - called with the whole answer of a 2.xx response */
  post(path: string, payload: Uint8Array, onAnswer: (payload: Buffer) => void): void {
    const token = ++this.#token
    const exchange: Exchange = {
      path,
      payload,
      parts: [],
      onAnswer,
      id: 0,
      bytes: Buffer.alloc(0),
      sentAt: 0,
      repeats: 0,
      isTaken: false,
    }
    this.#exchanges.set(token, exchange)
    this.#ask(token, exchange, { payload })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }

  #ask(token: number, exchange: Exchange, ask: Ask): void {
    this.#id = (this.#id + 1) & 0xffff
    exchange.id = this.#id
    exchange.bytes = post(this.#id, token, exchange.path, ask)
    exchange.repeats = 0
    exchange.isTaken = false
    this.#send(exchange)
  }

  #send(exchange: Exchange): void {
    exchange.sentAt = performance.now()
    this.#socket.send(exchange.bytes, this.#options.port, this.#options.host)
  }

  #take(bytes: Buffer): void {
    const packet = parsePacket(bytes)
    if (packet.kind === KIND.confirmable) {
      this.#socket.send(acknowledgement(packet.id), this.#options.port, this.#options.host)
    }
    if (packet.code === CODE.empty) {
      for (const exchange of this.#exchanges.values()) if (exchange.id === packet.id) exchange.isTaken = true
      return
    }
    const exchange = this.#exchanges.get(packet.token)
    // A repeated response to what was answered already.
    if (exchange === undefined) return
    if (packet.echo !== undefined) {
      this.#ask(packet.token, exchange, { payload: exchange.payload, echo: Buffer.from(packet.echo) })
      return
    }
    if (packet.code >> 5 !== CLASS_SUCCESS) {
      this.#exchanges.delete(packet.token)
      this.#options.onLost(
        new Error(`answered ${packet.code >> 5}.${String(packet.code & 31).padStart(2, '0')}`),
      )
      return
    }
    const { block2 } = packet
    if (block2 !== undefined && block2.number !== exchange.parts.length) return
    // A copy: the parts would keep whole datagrams alive.
    exchange.parts.push(Buffer.from(packet.payload))
    if (block2?.isMore === true) {
      const { number, exponent } = block2
      this.#ask(packet.token, exchange, { block2: { number: number + 1, isMore: false, exponent } })
      return
    }
    this.#exchanges.delete(packet.token)
    exchange.onAnswer(Buffer.concat(exchange.parts))
  }

  #look(): void {
    const now = performance.now()
    for (const [token, exchange] of this.#exchanges) {
      if (exchange.isTaken || now - exchange.sentAt < ACK_TIMEOUT_MS * 2 ** exchange.repeats) continue
      if (exchange.repeats === REPEATS) {
        this.#exchanges.delete(token)
        this.#options.onLost(new Error('no answer'))
        continue
      }
      exchange.repeats++
      this.repeats++
      this.#send(exchange)
    }
  }
}
