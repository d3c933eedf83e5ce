import type { Address } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import webPush from 'web-push'
import type { Channel } from './channel.ts'
import { bodyOf, type Notice } from './notice.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'
import type { VapidKeys } from './vapid.ts'

export interface WebPushOptions {
  readonly vapid: VapidKeys
  /** Where push services reach who runs this: a `https:` or `mailto:` URL. */
  readonly contact: string
}

export interface WebPushDeps {
  readonly subscriptions: Subscriptions
  /** Accounts that may know that something happened at this patient's device. */
  readonly readersOf: (patient: Address) => Promise<readonly Address[]>
  readonly log: Logger
}

const ANSWER_MS = 10_000
/** Longest that a push service keeps a notice for a browser that is away. */
const KEEP_SEC = 86_400
/** The browser has ended it. @see RFC 8030 §7.3 */
const GONE = new Set([404, 410])

/** Tells the browsers of patients and of physicians whom they allow. @see RFC 8030, RFC 8291, RFC 8292 */
export class WebPush implements Channel {
  readonly name = 'push'
  readonly #options: WebPushOptions
  readonly #deps: WebPushDeps

  constructor(options: WebPushOptions, deps: WebPushDeps) {
    this.#options = options
    this.#deps = deps
  }

  async tell(_id: string, notice: Notice, signal: AbortSignal): Promise<void> {
    const { subscriptions, readersOf } = this.#deps
    const readers = await readersOf(notice.patient)
    const found = await Promise.all(readers.map((account) => subscriptions.of(account)))
    const outcomes = await Promise.allSettled(
      found.flat().map((subscription) => this.#push(subscription, notice, signal)),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #push(subscription: Subscription, notice: Notice, signal: AbortSignal): Promise<void> {
    const { vapid, contact } = this.#options
    const { endpoint, method, headers, body } = webPush.generateRequestDetails(subscription, bodyOf(notice), {
      vapidDetails: { subject: contact, publicKey: vapid.publicKey, privateKey: vapid.privateKey },
      contentEncoding: 'aes128gcm',
      urgency: notice.kind === 'alert' ? 'high' : 'normal',
      TTL: KEEP_SEC,
    })
    const response = await fetch(endpoint, {
      method,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]),
      body: body === null ? null : Uint8Array.from(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    })
    await response.body?.cancel()
    if (GONE.has(response.status)) await this.#deps.subscriptions.remove(subscription)
    else if (!response.ok) throw new Error(`the push service answered ${response.status}`)
  }
}
