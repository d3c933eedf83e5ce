import { type Answer, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { parseTopic, topicOf } from '@hygeia/protocol/device-link/topics'
import type { Address } from '@hygeia/protocol/ids'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import { isAbort } from '@hygeia/runtime/abort'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Ingest, Source } from '../../ingest/ingest.ts'
import type { IncidentBook } from '../../ingest/ports.ts'
import { EXTERNAL_BROKER_METRICS, METRICS } from '../../metrics/names.ts'
import { BrokerConnection, type ConnectionOptions, type Publication } from './connection.ts'

export interface ExternalBrokerOptions extends Omit<ConnectionOptions, 'filters' | 'packetLimitBytes'> {
  /** Daemons of one group share the batches among them. */
  readonly group: string
  readonly connections: number
}

export interface ExternalBrokerDeps {
  readonly ingest: Pick<Ingest, 'batch' | 'question'>
  readonly incidents: IncidentBook
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** As from the embedded broker: topic and message id besides the largest batch. */
const PACKET_LIMIT_BYTES = SEALED_LIMIT_BYTES + 512
/** Largest message of receipts. */
const MESSAGE_LIMIT_BYTES = 512 * 1024
const RECONNECT = { firstMs: 500, limitMs: 30_000 }

/**
 * The MQTT door at a broker that the hospital runs: devices log in there, and the daemon is a client among them.
 *
 * Whom that broker lets in is its own affair, so nothing is believed for the topic that it came by; a batch speaks for
 * itself by its signature, and a question, too. Batches come by a shared subscription, each to one daemon of the group;
 * questions come to all, and whoever has what is asked for answers. The broker's acknowledgement to a device promises
 * nothing: what is lost with a daemon, or between the two, the device sends again because no receipt came.
 */
export class ExternalBroker implements Service {
  readonly #options: ExternalBrokerOptions
  readonly #deps: ExternalBrokerDeps
  readonly #abort = new AbortController()
  readonly #open = new Set<BrokerConnection>()
  readonly #unsent: Counter
  #loops: Promise<unknown> = Promise.resolve()

  constructor(options: ExternalBrokerOptions, deps: ExternalBrokerDeps) {
    this.#options = options
    this.#deps = deps
    const registers = [deps.metrics]
    const open = this.#open
    new Gauge({
      ...EXTERNAL_BROKER_METRICS.mqttBrokerConnections,
      registers,
      collect() {
        this.set(open.size)
      },
    })
    this.#unsent = new Counter({
      ...METRICS.mqttUnsentTotal,
      registers,
    })
  }

  /** Whether the broker takes and gives at present. */
  get isConnected(): boolean {
    return this.#open.size > 0
  }

  /** Begins to connect; a broker that is away is waited for. */
  async start(): Promise<void> {
    const names = Array.from({ length: this.#options.connections }, (_, index) => index)
    this.#loops = Promise.all(names.map((index) => this.#stayConnected(index === 0)))
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    for (const connection of this.#open) connection.close()
    await this.#loops
  }

  /** Whether answers can be brought to devices; which of them listen, only the broker knows. */
  isListening(_device: Address): boolean {
    return this.#open.size > 0
  }

  push(device: Address, answers: readonly Answer[]): void {
    const payload = Buffer.from(encodeAnswers(answers))
    for (const connection of this.#open) {
      if (connection.publish(topicOf(device, 'answer'), payload)) return
    }
    this.#unsent.inc(answers.length)
  }

  /** @param hearsQuestions - one connection of each daemon does */
  async #stayConnected(hearsQuestions: boolean): Promise<void> {
    const { clock, log } = this.#deps
    const backoff = new Backoff(RECONNECT)
    const { signal } = this.#abort
    const filters = [`$share/${this.#options.group}/hygeia/1/+/batch`]
    if (hearsQuestions) filters.push('hygeia/1/+/question')
    while (!signal.aborted) {
      try {
        const options = { ...this.#options, filters, packetLimitBytes: PACKET_LIMIT_BYTES }
        const connection = await BrokerConnection.open(
          options,
          (publication) => this.#take(publication),
          signal,
        )
        this.#open.add(connection)
        backoff.reset()
        if (hearsQuestions) log.info('broker reached')
        const err = await connection.ended
        this.#open.delete(connection)
        if (!signal.aborted) log.warn({ err }, 'connection to the broker ended')
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'broker cannot be reached')
      }
      await sleep(clock, backoff.nextMs(), signal).catch((cause: unknown) => {
        if (!isAbort(cause)) throw cause
      })
    }
  }

  /** Everything published ends here, answered by name; only then is the broker told that it was taken. */
  async #take({ topic, payload, isRetained }: Publication): Promise<void> {
    const { ingest, incidents, log } = this.#deps
    const to = parseTopic(topic)
    if (to === undefined || to.kind === 'answer') {
      incidents.note({ door: 'mqtt', reason: 'FOREIGN_TOPIC' })
      return
    }
    if (isRetained) incidents.note({ door: 'mqtt', reason: 'RETAIN_IGNORED' })
    const source: Source = {
      door: 'mqtt',
      device: undefined,
      // Nobody has proven to be this device: whoever floods under its name, floods it.
      name: to.device,
      group: to.device,
      replyLimitBytes: MESSAGE_LIMIT_BYTES,
    }
    try {
      const answers =
        to.kind === 'batch' ? await ingest.batch(payload, source) : await ingest.question(payload, source)
      if (answers.length > 0) this.push(to.device, answers)
    } catch (err) {
      log.error({ err }, 'publish failed')
    }
  }
}
