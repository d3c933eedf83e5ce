import type { IPublishPacket } from 'mqtt'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { ExternalBrokerError } from './errors.ts'

export interface ConnectionOptions {
  /** `mqtts://host:port`, or `mqtt://` on loopback. */
  readonly url: string
  readonly ca: string
  readonly username: string | undefined
  readonly password: string | undefined
  /** Client certificate and its key, PEM. */
  readonly client: { readonly cert: string; readonly key: string } | undefined
  /** Topic filters, shared ones as `$share/group/filter`. */
  readonly filters: readonly string[]
  /** Largest packet that the broker may send; it keeps longer ones to itself. */
  readonly packetLimitBytes: number
}

export interface Publication {
  readonly topic: string
  readonly payload: Buffer
  readonly isRetained: boolean
}

const LOGIN_MS = 15_000
const KEEPALIVE_S = 20
/** Sent by the broker and not acknowledged yet. */
const RECEIVE_MAXIMUM = 16
/** Send retained messages never. @see MQTT 5.0 §3.8.3.1 */
const NO_RETAINED = 2
const FAILURE = 0x80
/** Who does not read what it is sent gets no more of it. */
const UNSENT_LIMIT_BYTES = 4 * 1024 * 1024

/**
 * One connection to a broker, from log-in to its end; it never reconnects by itself, because the library that it
 * stands on can get stuck in that.
 */
export class BrokerConnection {
  readonly #client: MqttClient
  readonly #ended = Promise.withResolvers<Error>()

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('error', (cause) => this.#end(cause))
    client.on('close', () => this.#end(new ExternalBrokerError('connection closed', { code: 'BROKER_LOST' })))
    client.on('disconnect', () => this.#end(new ExternalBrokerError('sent away', { code: 'BROKER_LOST' })))
  }

  /**
   * Log in and subscribe.
   *
   * @param take - resolves when the publication is on the disk or answered; only then is it acknowledged
   * @throws {ExternalBrokerError} or what the network or the broker said
   */
  static async open(
    options: ConnectionOptions,
    take: (publication: Publication) => Promise<void>,
    signal: AbortSignal,
  ): Promise<BrokerConnection> {
    const client = connect(options.url, clientOptions(options))
    const connection = new BrokerConnection(client)
    client.handleMessage = ({ topic, payload, retain }: IPublishPacket, done) => {
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
      take({ topic, payload: bytes, isRetained: retain }).then(
        () => done(),
        (cause: unknown) => done(cause instanceof Error ? cause : new Error('not taken', { cause })),
      )
    }
    const onAbort = () => connection.close()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await connection.#orEnd(new Promise<void>((resolve) => client.once('connect', () => resolve())))
      for (const filter of options.filters) await connection.#orEnd(subscribe(client, filter))
      return connection
    } catch (cause) {
      connection.close()
      signal.throwIfAborted()
      throw cause
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Resolves with the reason when the connection is over. */
  get ended(): Promise<Error> {
    return this.#ended.promise
  }

  /** @returns whether it is on its way: not when the broker does not read what it is sent */
  publish(topic: string, payload: Buffer): boolean {
    if (!this.#client.connected || this.#client.stream.writableLength > UNSENT_LIMIT_BYTES) return false
    this.#client.publish(topic, payload, { qos: 0 })
    return true
  }

  close(): void {
    this.#end(new ExternalBrokerError('closed', { code: 'BROKER_LOST' }))
  }

  async #orEnd<T>(work: Promise<T>): Promise<T> {
    const failed = this.#ended.promise.then((cause) => Promise.reject(cause))
    return Promise.race([work, failed])
  }

  #end(cause: Error): void {
    this.#ended.resolve(cause)
    this.#client.end(true)
    this.#client.stream?.destroy()
  }
}

function clientOptions({
  ca,
  username,
  password,
  client,
  packetLimitBytes,
}: ConnectionOptions): IClientOptions {
  return {
    protocolVersion: 5,
    // No session outlives its connection: a broker would go on handing its share to a daemon that is gone.
    clean: true,
    properties: { receiveMaximum: RECEIVE_MAXIMUM, maximumPacketSize: packetLimitBytes },
    ca,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...client,
    keepalive: KEEPALIVE_S,
    connectTimeout: LOGIN_MS,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
  }
}

async function subscribe(client: MqttClient, topic: string): Promise<void> {
  const refused = (cause?: unknown) =>
    new ExternalBrokerError(
      `the broker does not let the daemon listen to ${topic}: see its ACL`,
      { code: 'BROKER_SUBSCRIPTION', topic },
      { cause },
    )
  // A shared subscription must not name how retained messages are dealt with.
  const isShared = topic.startsWith('$share/')
  const granted = await client
    .subscribeAsync(topic, { qos: 1, ...(isShared ? {} : { rh: NO_RETAINED }) })
    .catch((cause: unknown) => {
      throw refused(cause)
    })
  if (granted.some(({ qos }) => qos >= FAILURE)) throw refused()
}
