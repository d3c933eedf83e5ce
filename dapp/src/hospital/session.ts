import { type Signer, toContractSignature } from '@hygeia/protocol/signature'
import type { Clock } from '../clock.ts'
import { NonceAnswer, SessionAnswer } from './answers.ts'
import { HospitalError } from './errors.ts'
import { personalDigest, signInMessage } from './sign-in.ts'
import type { Transport } from './transport.ts'

/** Renewed this long before it ends, so that no request goes out with a dying token. */
const RENEW_BEFORE_MS = 30_000
const LOGIN_LIFE_MS = 5 * 60_000

export interface SessionDeps {
  readonly transport: Transport
  readonly signer: Signer
  readonly chainId: number
  readonly clock: Clock
}

interface LogIn {
  readonly token: string
  /** ms since the Unix epoch. */
  readonly expires: number
}

/** A log-in by signature (EIP-4361) that renews itself; requests under way at the same time share one. */
export class Session {
  readonly #deps: SessionDeps
  #current: Promise<LogIn> | undefined

  constructor(deps: SessionDeps) {
    this.#deps = deps
  }

  /** Run `request` with a token; once more with a fresh one when the hospital no longer takes the first. */
  async with<T>(request: (token: string) => Promise<T>): Promise<T> {
    const { token } = await this.#logInGood()
    try {
      return await request(token)
    } catch (cause) {
      const isStale =
        cause instanceof HospitalError && cause.detail.code === 'REFUSED' && cause.detail.status === 401
      if (!isStale) throw cause
    }
    return request((await this.#logInGood(token)).token)
  }

  async end(): Promise<void> {
    const current = this.#current
    if (current === undefined) return
    this.#drop(current)
    const { token } = await current
    await this.#deps.transport.done('/v1/session', { method: 'DELETE', token })
  }

  /** @param refused - token that the hospital no longer takes */
  async #logInGood(refused?: string): Promise<LogIn> {
    const current = this.#current ?? this.#keep(this.#logIn())
    const held = await current
    const isFresh = held.expires - this.#deps.clock.now() > RENEW_BEFORE_MS
    if (isFresh && held.token !== refused) return held
    this.#drop(current)
    return this.#current ?? this.#keep(this.#logIn())
  }

  #keep(current: Promise<LogIn>): Promise<LogIn> {
    this.#current = current
    // A failed log-in is not kept: the next request tries again.
    current.catch(() => this.#drop(current))
    return current
  }

  /** Forget a log-in, unless a newer one has taken its place. */
  #drop(current: Promise<LogIn>): void {
    if (this.#current === current) this.#current = undefined
  }

  async #logIn(): Promise<LogIn> {
    const { transport, signer, chainId, clock } = this.#deps
    const { nonce } = await transport.json('/v1/session/nonce', NonceAnswer)
    const now = clock.now()
    const message = signInMessage({
      origin: new URL(transport.base).origin,
      address: signer.address,
      chainId,
      nonce,
      issuedAt: now,
      expires: now + LOGIN_LIFE_MS,
    })
    const signature = toContractSignature(signer.sign(personalDigest(message)))
    return transport.json('/v1/session', SessionAnswer, { method: 'POST', json: { message, signature } })
  }
}
