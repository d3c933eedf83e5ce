import { type Signer, toContractSignature } from '@hygeia/protocol/signature'
import { getAddress, getBytes, hashMessage } from 'ethers'
import { SiweMessage } from 'siwe'
import type { Clock } from '../clock.ts'
import { NonceAnswer, SessionAnswer } from './answers.ts'
import { HospitalError } from './errors.ts'
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

/** A log-in by signature (EIP-4361) that renews itself. */
export class Session {
  readonly #deps: SessionDeps
  #current: Promise<{ readonly token: string; readonly expires: number }> | undefined

  constructor(deps: SessionDeps) {
    this.#deps = deps
  }

  /** Run `request` with a token; once more with a fresh one when the hospital no longer takes the first. */
  async with<T>(request: (token: string) => Promise<T>): Promise<T> {
    const token = await this.#token()
    try {
      return await request(token)
    } catch (cause) {
      const isStale =
        cause instanceof HospitalError && cause.detail.code === 'REFUSED' && cause.detail.status === 401
      if (!isStale) throw cause
    }
    this.#current = undefined
    return request(await this.#token())
  }

  async end(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    if (current === undefined) return
    const { token } = await current
    await this.#deps.transport.done('/v1/session', { method: 'DELETE', token })
  }

  async #token(): Promise<string> {
    const held = await this.#current
    if (held !== undefined && held.expires - this.#deps.clock.now() > RENEW_BEFORE_MS) return held.token
    this.#current = this.#logIn()
    // A failed log-in is not kept: the next request tries again.
    this.#current.catch(() => {
      this.#current = undefined
    })
    return (await this.#current).token
  }

  async #logIn() {
    const { transport, signer, chainId, clock } = this.#deps
    const { nonce } = await transport.json('/v1/session/nonce', NonceAnswer)
    const { host, origin } = new URL(transport.base)
    const now = clock.now()
    const message = new SiweMessage({
      scheme: 'https',
      domain: host,
      address: getAddress(signer.address),
      statement: 'Log in to this hospital.',
      uri: origin,
      version: '1',
      chainId,
      nonce,
      issuedAt: new Date(now).toISOString(),
      expirationTime: new Date(now + LOGIN_LIFE_MS).toISOString(),
    }).prepareMessage()
    const signature = toContractSignature(signer.sign(getBytes(hashMessage(message))))
    return transport.json('/v1/session', SessionAnswer, { method: 'POST', json: { message, signature } })
  }
}
