import { createHmac } from 'node:crypto'
import type { Clock } from '@hygeia/runtime/clock'
import type { Channel } from './channel.ts'
import { bodyOf, type Notice } from './notice.ts'

export interface WebhookOptions {
  readonly url: string
  /** Shared with the receiver, 32 bytes. */
  readonly secret: Uint8Array
}

const ANSWER_MS = 10_000

/**
 * Posts notices to a URL, signed so that the receiver can tell who sent them, and when.
 *
 * @see https://www.standardwebhooks.com: webhook-id, webhook-timestamp, webhook-signature
 */
export class Webhook implements Channel {
  readonly name = 'webhook'
  readonly #options: WebhookOptions
  readonly #clock: Clock

  constructor(options: WebhookOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = clock
  }

  async tell(id: string, notice: Notice, signal: AbortSignal): Promise<void> {
    const { url, secret } = this.#options
    const body = bodyOf(notice)
    const timestamp = String(Math.floor(this.#clock.now() / 1_000))
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signatureOf(secret, id, timestamp, body)}`,
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`)
  }
}

/** Base64 of HMAC-SHA256 over id, time and body. */
export function signatureOf(secret: Uint8Array, id: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
}
