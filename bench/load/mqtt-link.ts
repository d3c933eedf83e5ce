import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { MqttReader, PACKET, type Packet, packet, publishHead, text } from './mqtt-packets.ts'

export interface MqttLinkOptions {
  readonly host: string
  readonly port: number
  /** Address of this device. */
  readonly localAddress: string
  /** PEM. */
  readonly ca: string
  readonly clientId: string
  readonly login?: { readonly username: string; readonly password: string } | undefined
  /** Where blocks are published. */
  readonly topic: string
  /** Where answers come; none is listened to without it. */
  readonly answerTopic?: string | undefined
  readonly onAnswer: (payload: Uint8Array) => void
  readonly onLost: (cause: Error) => void
}

const LEVEL_3_1_1 = 4
/** An hour, more than any load takes: no pings. */
const KEEP_ALIVE = [3_600 >> 8, 3_600 & 0xff]
const CLEAN = 0x02
const WITH_LOGIN = 0xc0

/**
 * One device's connection to a broker: MQTT 3.1.1 over TLS, QoS 1, no more than a load needs.
 *
 * mqtt.js costs some 0.1 ms a message, which on two shared cores would be measured with the broker.
 */
export class MqttLink {
  readonly #options: MqttLinkOptions
  readonly #socket: ReturnType<typeof connectTls>
  readonly #head: (id: number, length: number) => Buffer
  readonly #waiting = new Map<number, () => void>()
  readonly #handshake = new Map<number, (packet: Packet) => void>()
  #id = 0
  #isClosed = false

  private constructor(options: MqttLinkOptions) {
    this.#options = options
    this.#head = publishHead(options.topic)
    const { host, port, localAddress, ca, onLost } = options
    const name = isIP(host) === 0 ? { servername: host } : {}
    this.#socket = connectTls({ socket: connect({ host, port, localAddress }), ca, ...name })
    this.#socket.setNoDelay(true)
    const reader = new MqttReader((packet) => this.#take(packet))
    this.#socket.on('data', (bytes) => reader.push(bytes))
    this.#socket.on('error', (cause) => this.#lose(cause, onLost))
    this.#socket.on('close', () => this.#lose(new Error('broker closed the connection'), onLost))
  }

  /** @throws when the broker refuses, or closes during the log-in */
  static async open(options: MqttLinkOptions): Promise<MqttLink> {
    const link = new MqttLink(options)
    await once(link.#socket, 'secureConnect')
    await link.#connect()
    if (options.answerTopic !== undefined) await link.#subscribe(options.answerTopic)
    return link
  }

  /** @param onAcked - called when the broker has acknowledged */
  publish(payload: Uint8Array, onAcked: () => void): void {
    const id = this.#nextId()
    this.#waiting.set(id, onAcked)
    // One write, one TLS record: two would cost the broker twice.
    this.#socket.write(Buffer.concat([this.#head(id, payload.length), payload]))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#socket.destroyed) return
    // Brokers may reset a connection that said goodbye: an end as good as any.
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.end(packet(PACKET.disconnect, []))
    await closed
  }

  async #connect(): Promise<void> {
    const { clientId, login } = this.#options
    const flags = CLEAN | (login === undefined ? 0 : WITH_LOGIN)
    const parts = [text('MQTT'), Buffer.of(LEVEL_3_1_1, flags, ...KEEP_ALIVE), text(clientId)]
    if (login !== undefined) parts.push(text(login.username), text(login.password))
    const { body } = await this.#ask(packet(PACKET.connect, parts), PACKET.connack)
    if (body[1] !== 0) throw new Error(`log-in refused with ${body[1]}`)
  }

  async #subscribe(topic: string): Promise<void> {
    const id = this.#nextId()
    const parts = [Buffer.of(id >> 8, id & 0xff), text(topic), Buffer.of(1)]
    const { body } = await this.#ask(packet(PACKET.subscribe, parts), PACKET.suback)
    if ((body[2] ?? 0x80) > 1) throw new Error('subscription refused')
  }

  #ask(bytes: Buffer, answer: number): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const onClose = () => reject(new Error('broker closed the connection during the log-in'))
      this.#socket.once('close', onClose)
      this.#handshake.set(answer, (packet) => {
        this.#socket.off('close', onClose)
        resolve(packet)
      })
      this.#socket.write(bytes)
    })
  }

  #nextId(): number {
    this.#id = (this.#id % 0xffff) + 1
    return this.#id
  }

  #take(received: Packet): void {
    const { kind, body } = received
    if (kind === PACKET.puback) {
      const id = body.readUInt16BE(0)
      const onAcked = this.#waiting.get(id)
      this.#waiting.delete(id)
      onAcked?.()
    } else if (kind === PACKET.publish) {
      const topicEnd = 2 + body.readUInt16BE(0)
      const hasId = (received.flags & 0x06) !== 0
      if (hasId) this.#socket.write(packet(PACKET.puback, [body.subarray(topicEnd, topicEnd + 2)]))
      this.#options.onAnswer(body.subarray(hasId ? topicEnd + 2 : topicEnd))
    } else {
      const then = this.#handshake.get(kind)
      this.#handshake.delete(kind)
      then?.(received)
    }
  }

  #lose(cause: Error, onLost: (cause: Error) => void): void {
    if (this.#isClosed) return
    this.#isClosed = true
    onLost(cause)
  }
}
