import { type Answer, decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import { signDeviceToken } from '@hygeia/protocol/login/device-token'
import type { Signer } from '@hygeia/protocol/signature'
import { isAbort } from '@hygeia/runtime/abort'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import * as z from 'zod'
import type { HospitalApi } from '../../hospital/api.ts'
import { connectPinned } from '../../hospital/pinned-tls.ts'
import { UplinkError } from '../errors.ts'
import { faultCode } from '../fault-code.ts'
import type { Uplink, UplinkEvents, UplinkStatus } from '../uplink.ts'
import { MqttSession } from './session.ts'

export interface MqttUplinkOptions {
  /** `mqtts://host:port` */
  readonly url: string
  readonly ca: string
  readonly hospital: Address
  readonly stallMs: number
  /** Waits between attempts to connect. */
  readonly backoff: { readonly firstMs: number; readonly limitMs: number }
}

export interface MqttUplinkDeps {
  readonly signer: Signer
  readonly api: Pick<HospitalApi, 'getJson'>
  readonly ignoresDates: () => boolean
  readonly clock: Clock
  readonly log: Logger
}

const Nonce = z.object({ nonce: z.string().min(1).max(256) })

/** Publishes to a hospital's broker, and hears its answers. */
export class MqttUplink implements Uplink {
  readonly pushes = true
  readonly #options: MqttUplinkOptions
  readonly #deps: MqttUplinkDeps
  readonly #abort = new AbortController()
  #loop: Promise<void> | undefined
  #session: MqttSession | undefined
  #connects = 0
  #lastFault: string | undefined

  constructor(options: MqttUplinkOptions, deps: MqttUplinkDeps) {
    this.#options = options
    this.#deps = deps
  }

  start(events: UplinkEvents): void {
    this.#loop ??= this.#stayConnected(events, this.#abort.signal).catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#session?.close()
    await this.#loop
  }

  async send(block: Uint8Array): Promise<void> {
    await this.#publish('batch', block)
  }

  async ask(question: Uint8Array): Promise<void> {
    await this.#publish('question', question)
  }

  status(): UplinkStatus {
    const isUp = this.#session !== undefined
    return { kind: 'mqtt', isUp, connects: this.#connects, lastFault: this.#lastFault }
  }

  async #publish(kind: 'batch' | 'question', payload: Uint8Array): Promise<void> {
    if (this.#session === undefined) throw new UplinkError('not connected', { code: 'LINK_LOST' })
    await this.#session.publish(topicOf(this.#deps.signer.address, kind), payload)
  }

  async #stayConnected(events: UplinkEvents, signal: AbortSignal): Promise<never> {
    const { clock, log } = this.#deps
    const backoff = new Backoff(this.#options.backoff)
    while (true) {
      signal.throwIfAborted()
      try {
        const session = await this.#connect(events, signal)
        this.#session = session
        this.#connects++
        if (signal.aborted) await session.close()
        else events.onLink(true)
        const cause = await session.ended
        if (session.wasUseful) backoff.reset()
        this.#fail(cause)
        log.info({ fault: this.#lastFault }, 'broker connection ended')
      } catch (cause) {
        signal.throwIfAborted()
        this.#fail(cause)
        log.info({ fault: this.#lastFault }, 'broker cannot be reached')
      } finally {
        const wasUp = this.#session !== undefined
        this.#session = undefined
        if (wasUp) events.onLink(false)
      }
      await sleep(clock, backoff.nextMs(), signal)
    }
  }

  async #connect(events: UplinkEvents, signal: AbortSignal): Promise<MqttSession> {
    const { signer, api, ignoresDates, log } = this.#deps
    const { url, ca, hospital, stallMs } = this.#options
    const { hostname, port } = new URL(url)
    const { nonce } = await api.getJson('/v1/device-nonce', Nonce, signal)
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = await connectPinned(
      { host, port: Number(port || 8883), ca, ignoresDates: ignoresDates() },
      signal,
    )
    const clientId = signer.address
    const password = signDeviceToken({ device: signer.address, hospital, clientId, nonce }, signer)
    const answerTopic = topicOf(signer.address, 'answer')
    const options = { username: signer.address, password, clientId, answerTopic, stallMs }
    return MqttSession.open(socket, options, (payload) => {
      let answers: readonly Answer[]
      try {
        answers = decodeAnswers(payload)
      } catch (cause) {
        if (!(cause instanceof MalformedError)) throw cause
        log.warn({ bytes: payload.length }, 'an answer that is none')
        return
      }
      events.onAnswers(answers)
    })
  }

  #fail(cause: unknown): void {
    this.#lastFault = faultCode(cause)
  }
}
