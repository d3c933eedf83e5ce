import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@hygeia/runtime/clock'

export interface NoncesOptions {
  /** How long a nonce may be used after it was issued, in ms. */
  readonly ttlMs: number
  /** Most used nonces remembered; beyond that nothing is accepted until some have expired. */
  readonly limit: number
}

const STAMP_BYTES = 6
const RANDOM_BYTES = 8
const MAC_BYTES = 10
const NONCE = /^[0-9a-f]{48}$/

/**
 * Single-use nonces that cost nothing to issue: each carries its time and a MAC, and only used ones are
 * remembered, until they would have expired. A restart makes all that were issued worthless.
 */
export class Nonces {
  readonly #options: NoncesOptions
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  /** Used nonce → when it expires, monotonic; in the order of use. */
  readonly #used = new Map<string, number>()

  constructor(options: NoncesOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = clock
  }

  /** @returns 48 hex digits */
  issue(): string {
    const body = Buffer.alloc(STAMP_BYTES + RANDOM_BYTES)
    body.writeUIntBE(Math.floor(this.#clock.monotonic()), 0, STAMP_BYTES)
    randomBytes(RANDOM_BYTES).copy(body, STAMP_BYTES)
    return Buffer.concat([body, this.#mac(body)]).toString('hex')
  }

  /** Use a nonce up. @returns whether it was issued here, is fresh, and was not used before */
  take(nonce: string): boolean {
    const now = this.#clock.monotonic()
    this.#forget(now)
    if (!NONCE.test(nonce) || this.#used.has(nonce) || this.#used.size >= this.#options.limit) return false
    const bytes = Buffer.from(nonce, 'hex')
    const body = bytes.subarray(0, STAMP_BYTES + RANDOM_BYTES)
    if (!timingSafeEqual(bytes.subarray(body.length), this.#mac(body))) return false
    const expires = body.readUIntBE(0, STAMP_BYTES) + this.#options.ttlMs
    if (expires <= now) return false
    // From now on the longest that any nonce lives, so that the order of use is the order of expiry.
    this.#used.set(nonce, now + this.#options.ttlMs)
    return true
  }

  #mac(body: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(body).digest().subarray(0, MAC_BYTES)
  }

  #forget(now: number): void {
    for (const [nonce, expires] of this.#used) {
      if (expires > now) return
      this.#used.delete(nonce)
    }
  }
}
