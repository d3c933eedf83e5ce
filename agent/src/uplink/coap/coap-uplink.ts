import { type Answer, decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { COAP_PATHS } from '@hygeia/protocol/device-link/topics'
import type { Logger } from '@hygeia/runtime/log'
import { UplinkError } from '../errors.ts'
import { faultCode } from '../fault-code.ts'
import type { Uplink, UplinkEvents, UplinkStatus } from '../uplink.ts'
import { CoapClient } from './client.ts'

export interface CoapUplinkOptions {
  /** `coap://host:port` */
  readonly url: string
  readonly timeoutMs: number
}

const DEFAULT_PORT = 5_683

/** Posts to a hospital's CoAP server. There is no connection: the link is up as long as it answers. */
export class CoapUplink implements Uplink {
  readonly pushes = false
  readonly #options: CoapUplinkOptions
  readonly #log: Logger
  #client: CoapClient | undefined
  #events: UplinkEvents | undefined
  #isAnswering = false
  #hasFailed = false
  #connects = 0
  #lastFault: string | undefined

  constructor(options: CoapUplinkOptions, { log }: { log: Logger }) {
    this.#options = options
    this.#log = log
  }

  start(events: UplinkEvents): void {
    const { hostname, port } = new URL(this.#options.url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const { timeoutMs } = this.#options
    const onFault = (cause: unknown) => this.#fail(cause)
    this.#events = events
    this.#client = new CoapClient({ host, port: Number(port || DEFAULT_PORT), timeoutMs }, { onFault })
    // Whether it answers is found out by asking.
    events.onLink(true)
  }

  async stop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.close()
  }

  async send(block: Uint8Array): Promise<void> {
    await this.#post(COAP_PATHS.batch, block)
  }

  async ask(question: Uint8Array): Promise<void> {
    await this.#post(COAP_PATHS.question, question)
  }

  status(): UplinkStatus {
    return { kind: 'coap', isUp: this.#isAnswering, connects: this.#connects, lastFault: this.#lastFault }
  }

  async #post(path: string, payload: Uint8Array): Promise<void> {
    if (this.#client === undefined) throw new UplinkError('not started', { code: 'LINK_LOST' })
    let answers: readonly Answer[]
    try {
      const answer = await this.#client.post(path, payload)
      if (!answer.code.startsWith('2.')) {
        throw new UplinkError('refused', { code: 'ODD_ANSWER', status: answer.code })
      }
      answers = decodeAnswers(answer.payload)
    } catch (cause) {
      this.#fail(cause)
      throw cause
    }
    if (!this.#isAnswering) {
      this.#isAnswering = true
      this.#connects++
      if (this.#hasFailed) this.#events?.onLink(true)
    }
    this.#events?.onAnswers(answers)
  }

  #fail(cause: unknown): void {
    this.#lastFault = faultCode(cause)
    if (this.#isAnswering) this.#log.info({ fault: this.#lastFault }, 'hospital does not answer')
    this.#isAnswering = false
    this.#hasFailed = true
  }
}
