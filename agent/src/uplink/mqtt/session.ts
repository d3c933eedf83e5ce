import type { TLSSocket } from 'node:tls'
import { MqttClient } from 'mqtt'
import { writeToStream } from 'mqtt-packet'
import { UplinkError } from '../errors.ts'

export interface SessionOptions {
  readonly username: string
  readonly password: string
  readonly clientId: string
  /** Topic of the answers. */
  readonly answerTopic: string
  /** No acknowledgement for so long while one is due: the connection is dead. */
  readonly stallMs: number
}

interface Pending {
  readonly resolve: () => void
  readonly reject: (cause: Error) => void
}

// Otherwise it keeps each of the 65,536 numbers of packets as a buffer of its own: 8 MB.
writeToStream.cacheNumbers = false

const LOGIN_MS = 15_000
const KEEPALIVE_S = 30

/**
 * One connection to a broker, from log-in to its end; never reconnects, because its password is good once.
 *
 * mqtt.js can stop sending without saying so (its issues 1457, 1727), so progress is watched here.
 */
export class MqttSession {
  readonly #options: SessionOptions
  readonly #client: MqttClient
  readonly #pending = new Set<Pending>()
  readonly #ended = Promise.withResolvers<Error>()
  readonly #watch: NodeJS.Timeout
  #progressAt = performance.now()
  #cause: Error | undefined
  #wasUseful = false

  private constructor(options: SessionOptions, client: MqttClient) {
    this.#options = options
    this.#client = client
    this.#watch = setInterval(() => this.#checkProgress(), Math.max(100, options.stallMs / 4))
    client.on('error', (cause) => this.#end(cause))
    client.on('close', () => this.#end(new UplinkError('connection closed', { code: 'LINK_LOST' })))
  }

  /**
   * Log in over `socket` and subscribe to the answers.
   *
   * @throws {UplinkError} `LOGIN_REFUSED`, `LINK_LOST` or `NO_ANSWER`
   */
  static async open(
    socket: TLSSocket,
    options: SessionOptions,
    onAnswer: (payload: Uint8Array) => void,
  ): Promise<MqttSession> {
    const { username, password, clientId, answerTopic } = options
    const client = new MqttClient(() => socket, {
      protocolVersion: 4,
      clean: true,
      clientId,
      username,
      password,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: 0,
      connectTimeout: LOGIN_MS,
      queueQoSZero: false,
      resubscribe: false,
      timerVariant: 'native',
    })
    const session = new MqttSession(options, client)
    client.on('message', (_topic, payload) => {
      session.#progressAt = performance.now()
      onAnswer(payload)
    })
    try {
      await session.#until((done) => client.once('connect', () => done()))
      await session.#until((done) => client.subscribe(answerTopic, { qos: 1 }, done))
    } catch (cause) {
      await session.close()
      throw cause
    }
    return session
  }

  /** Whether it was of use: the broker acknowledged something that was published. */
  get wasUseful(): boolean {
    return this.#wasUseful
  }

  /** Resolves with the reason when the connection is over. */
  get ended(): Promise<Error> {
    return this.#ended.promise
  }

  /** Resolves when the broker acknowledged. @throws {UplinkError} when the connection ended before */
  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.#until((done) => this.#client.publish(topic, Buffer.from(payload), { qos: 1 }, done))
    this.#wasUseful = true
  }

  async close(): Promise<void> {
    this.#end(new UplinkError('closed', { code: 'LINK_LOST' }))
    await this.#ended.promise
  }

  #until(start: (done: (cause?: Error | null) => void) => void): Promise<void> {
    if (this.#cause !== undefined) return Promise.reject(this.#cause)
    return new Promise((resolve, reject) => {
      const pending = { resolve, reject }
      if (this.#pending.size === 0) this.#progressAt = performance.now()
      this.#pending.add(pending)
      start((cause) => {
        if (!this.#pending.delete(pending)) return
        this.#progressAt = performance.now()
        if (cause) reject(cause)
        else resolve()
      })
    })
  }

  #checkProgress(): void {
    const silentMs = Math.round(performance.now() - this.#progressAt)
    if (this.#pending.size === 0 || silentMs < this.#options.stallMs) return
    this.#end(new UplinkError('no acknowledgement', { code: 'LINK_STALLED', silentMs }))
  }

  #end(cause: Error): void {
    if (this.#cause !== undefined) return
    this.#cause = named(cause)
    clearInterval(this.#watch)
    // Its callbacks come too late, or never.
    for (const { reject } of this.#pending) reject(this.#cause)
    this.#pending.clear()
    this.#client.end(true)
    this.#client.stream?.destroy()
    this.#ended.resolve(this.#cause)
  }
}

/** CONNACK return codes 1 to 5. @see MQTT 3.1.1, table 3.1 */
function named(cause: Error): Error {
  const code = 'code' in cause ? cause.code : undefined
  if (typeof code !== 'number' || code < 1 || code > 5) return cause
  return new UplinkError('log-in refused', { code: 'LOGIN_REFUSED', reason: cause.message }, { cause })
}
