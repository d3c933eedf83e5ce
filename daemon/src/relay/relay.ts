import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Recover } from '@hygeia/protocol/signature'
import type { RelayRequest } from '@hygeia/protocol/typed-data/chain'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, Histogram, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { RelayError, type Relayed } from './errors.ts'
import { Shares } from './shares.ts'
import { type ChainCalls, simulate } from './simulate.ts'
import { type Statement, statementOf } from './statement.ts'

/** Sends transactions of the relay account; resolves when they are final. */
export interface RelayAccount {
  readonly address: Address
  send(call: { readonly to: Address; readonly data: `0x${string}`; readonly gasLimit: number }): Promise<{
    readonly hash: Hex32
    readonly blockNumber: number
    readonly blockHash: Hex32
  }>
}

export interface RelayOptions {
  readonly realm: Realm
  /** The current Consent contract. */
  readonly consent: () => Address
  /** How long an answer is waited for; 30 s unless told. */
  readonly timeoutMs?: number
  /** Statements of one signer in a minute; 30 unless told. */
  readonly perSigner?: number
}

export interface RelayDeps {
  readonly chain: ChainCalls
  readonly account: RelayAccount
  readonly recover: Recover
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

const MINUTE_MS = 60_000
const SIGNER_LIMIT = 10_000
/** Answers remembered, so that a client that lost one and asks again gets it instead of `NonceUsed`. */
const REMEMBERED = 2_000

/** Carries what patients, physicians and devices signed to the chain, at the hospital's expense. */
export class Relay {
  readonly #options: Required<RelayOptions>
  readonly #deps: RelayDeps
  readonly #shares: Shares
  /** By digest of the statement: under way, or done. */
  readonly #flights = new Map<string, Promise<Relayed>>()
  readonly #outcomes: Counter<'kind' | 'outcome'>
  readonly #seconds: Histogram<'kind'>

  constructor(options: RelayOptions, deps: RelayDeps) {
    this.#options = { timeoutMs: 30_000, perSigner: 30, ...options }
    this.#deps = deps
    const share = { count: this.#options.perSigner, windowMs: MINUTE_MS, signers: SIGNER_LIMIT }
    this.#shares = new Shares(share, deps)
    this.#outcomes = new Counter({
      ...METRICS.relayedTotal,
      labelNames: ['kind', 'outcome'],
      registers: [deps.metrics],
    })
    this.#seconds = new Histogram({
      ...METRICS.relaySeconds,
      labelNames: ['kind'],
      buckets: [0.25, 0.5, 1, 2, 3, 5, 8, 13, 30],
      registers: [deps.metrics],
    })
  }

  /**
   * Relay a statement; the same again joins the first or gets its answer.
   *
   * @returns once the transaction is final
   * @throws {RelayError}
   * @throws {MalformedError} when a signature is malformed or has a high s
   */
  async send(request: RelayRequest): Promise<Relayed> {
    const done = this.#seconds.startTimer({ kind: request.kind })
    try {
      const relayed = await this.#within(this.#join(request))
      done()
      this.#outcomes.inc({ kind: request.kind, outcome: 'ok' })
      return relayed
    } catch (cause) {
      const outcome = cause instanceof RelayError ? cause.code : 'fault'
      this.#outcomes.inc({ kind: request.kind, outcome })
      throw cause
    }
  }

  #join(request: RelayRequest): Promise<Relayed> {
    const statement = statementOf(this.#options.realm, request)
    this.#check(statement)
    const key = toHex(statement.digest)
    const held = this.#flights.get(key)
    if (held !== undefined) return held
    const flight = this.#carry(statement)
    this.#flights.set(key, flight)
    flight.catch(() => this.#flights.delete(key))
    for (const oldest of this.#flights.keys()) {
      if (this.#flights.size <= REMEMBERED) break
      this.#flights.delete(oldest)
    }
    return flight
  }

  #check({ digest, signers, deadline }: Statement): void {
    const { clock, recover } = this.#deps
    if (deadline !== undefined && deadline * 1_000 < clock.now()) {
      throw new RelayError('the deadline has passed', { code: 'STATEMENT_EXPIRED' })
    }
    for (const { address, signature } of signers) {
      if (recover(digest, signature) !== address) {
        throw new RelayError('not signed by the account', { code: 'STATEMENT_SIGNATURE' })
      }
    }
  }

  async #carry({ signers, contract, data, gasLimit }: Statement): Promise<Relayed> {
    const { account, chain, log } = this.#deps
    const signer = signers[0]?.address
    const waitMs = signer === undefined ? 0 : this.#shares.take(signer)
    if (waitMs > 0) {
      const retryAfterSec = Math.ceil(waitMs / 1_000)
      throw new RelayError('too many statements of one signer', { code: 'SIGNER_LIMIT', retryAfterSec })
    }
    const to = contract === 'directory' ? this.#options.realm.directory : this.#options.consent()
    const call = { from: account.address, to, data, gasLimit }
    await simulate(chain, call)
    try {
      const { hash, blockNumber, blockHash } = await account.send({ to, data, gasLimit })
      return { transaction: hash, blockNumber, blockHash }
    } catch (cause) {
      // Something came first: the state that it was mined on has the contract's reason.
      if (Object(cause).code === 'REVERTED') await simulate(chain, call)
      log.warn({ err: cause }, 'statement not relayed')
      throw new RelayError('not relayed', { code: 'CHAIN_UNAVAILABLE', retryAfterSec: 5 }, { cause })
    }
  }

  async #within(flight: Promise<Relayed>): Promise<Relayed> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new RelayError('not final in time', { code: 'RELAY_TIMEOUT', retryAfterSec: 5 })
      timer = setTimeout(() => reject(error), this.#options.timeoutMs)
    })
    try {
      return await Promise.race([flight, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
