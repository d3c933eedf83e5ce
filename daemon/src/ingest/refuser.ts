import type { Answer } from '@hygeia/protocol/device-link/answer'
import { type RefusalReason, type SignedRefusal, signRefusal } from '@hygeia/protocol/device-link/refusal'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import { Limiter } from './limiter.ts'

export interface RefuserOptions {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
  /** Refusals signed in a second: each costs about a millisecond, whoever asks for it. */
  readonly signaturesPerSecond: number
}

export interface RefuserDeps {
  readonly receiptSigner: Signer
  readonly clock: Clock
}

/** Refusals remembered, so that sending the same junk again costs nothing. */
const MEMORY_LIMIT = 2_048
const LATER_MS = 2_000

/** Gives the hospital's signed word that it will never take something. */
export class Refuser {
  readonly #options: RefuserOptions
  readonly #deps: RefuserDeps
  readonly #limiter: Limiter
  readonly #given = new Map<string, SignedRefusal>()

  constructor(options: RefuserOptions, deps: RefuserDeps) {
    this.#options = options
    this.#deps = deps
    const perSecond = options.signaturesPerSecond
    this.#limiter = new Limiter({ perSecond, burst: 2 * perSecond, keys: 1_024 }, deps)
  }

  /**
   * @param digest - SHA-256 of what was sent
   * @param source - whose signatures are counted together
   * @returns the refusal, or BUSY when too many were asked for: then it comes with the next attempt
   */
  refuse(digest: Uint8Array, reason: RefusalReason, source: string): Answer {
    const hex = toHex(digest) as string as Hex32
    const name = `${reason} ${hex}`
    const given = this.#given.get(name)
    if (given !== undefined) return { kind: 'refused', refusal: given }
    if (!this.#limiter.take(source)) return { kind: 'busy', digest: hex, delayMs: LATER_MS }
    const { realm, hospital } = this.#options
    const refusal = signRefusal(realm, { hospital, digest: hex, reason }, this.#deps.receiptSigner)
    const [oldest] = this.#given.keys()
    if (this.#given.size >= MEMORY_LIMIT && oldest !== undefined) this.#given.delete(oldest)
    this.#given.set(name, refusal)
    return { kind: 'refused', refusal }
  }
}
