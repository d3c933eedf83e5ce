import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@hygeia/runtime/clock'
import { Bounded } from './bounded.ts'

/** How long a challenge may be answered. */
const FRESH_MS = 60_000
/** How long an address counts as real after that. */
const PROVEN_MS = 600_000
const PROVEN_LIMIT = 16_384
const MAC_BYTES = 12
const ENTRY_BYTES = 64

/**
 * Proof that somebody receives at the address that a datagram names: he sends back what was sent there.
 *
 * @see RFC 9175 §2
 */
export class Echo {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  readonly #proven: Bounded<true>

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock
    const limits = { count: PROVEN_LIMIT, bytes: PROVEN_LIMIT * ENTRY_BYTES, ttlMs: PROVEN_MS }
    this.#proven = new Bounded(limits, { clock })
  }

  /** Value of an Echo option for this endpoint: 16 bytes; nothing is remembered. */
  challenge(endpoint: string): Uint8Array {
    const at = Buffer.allocUnsafe(4)
    at.writeUInt32BE(Math.floor(this.#clock.monotonic() / 1_000) >>> 0)
    return Buffer.concat([at, this.#mac(endpoint, at)])
  }

  /** Take what came back. @returns whether it is a fresh challenge of this endpoint */
  prove(endpoint: string, value: Uint8Array): boolean {
    if (value.length !== 4 + MAC_BYTES) return false
    const bytes = Buffer.from(value)
    const ageMs = this.#clock.monotonic() - bytes.readUInt32BE(0) * 1_000
    if (ageMs < 0 || ageMs > FRESH_MS) return false
    if (!timingSafeEqual(bytes.subarray(4), this.#mac(endpoint, bytes.subarray(0, 4)))) return false
    this.#proven.put(endpoint, true, ENTRY_BYTES)
    return true
  }

  isProven(endpoint: string): boolean {
    return this.#proven.get(endpoint) === true
  }

  #mac(endpoint: string, at: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(at).update(endpoint).digest().subarray(0, MAC_BYTES)
  }
}
