import { createHash, randomBytes } from 'node:crypto'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { Recover } from '@hygeia/protocol/signature'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { Counter, Gauge, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { SessionError } from './errors.ts'
import { readSignIn } from './message.ts'
import { Nonces } from './nonces.ts'

/** `viewer` and `operator` are hospital staff. */
export type Role = 'patient' | 'physician' | 'viewer' | 'operator'

export interface Session {
  readonly account: Address
  readonly roles: ReadonlySet<Role>
  readonly expires: UnixMs
}

/** Who is registered, asked at every sign-in. */
export interface Accounts {
  patient(account: Address): Promise<{ readonly status: string } | undefined>
  physician(account: Address): Promise<{ readonly status: string; readonly keyDigest: Hex32 } | undefined>
}

/** Who works at the hospital, likewise. */
export interface StaffList {
  roleOf(account: Address): Promise<'viewer' | 'operator' | undefined>
}

export interface SessionsOptions {
  /** Hosts (with port, unless it is 443) that this API is reached by; known once it listens. */
  readonly domains: () => readonly string[]
  readonly chainId: number
  /** Life of a session from when it was last used; 15 minutes unless told. */
  readonly ttlMs?: number
  /** Life of a session that is used all the time; 12 hours unless told. */
  readonly limitMs?: number
  /** Life of a nonce; 5 minutes unless told. */
  readonly nonceTtlMs?: number
  /** Most sessions at a time; 50,000 unless told. */
  readonly limit?: number
}

export interface SessionsDeps {
  readonly accounts: Accounts
  readonly staff?: StaffList
  readonly recover: Recover
  readonly clock: Clock
  readonly metrics: Registry
}

const USED_NONCE_LIMIT = 100_000
const PER_ACCOUNT = 16

interface Held extends Session {
  /** Monotonic, so that a clock set back lengthens nothing. */
  readonly until: number
  /** When it ends for good, likewise. */
  readonly end: number
}

/** Who is signed in. In memory only, and by the digests of their tokens: nothing here lets anyone in. */
export class Sessions {
  readonly #options: Required<SessionsOptions>
  readonly #deps: SessionsDeps
  readonly #nonces: Nonces
  /** By token digest, in the order of renewal, which is about the order of expiry. */
  readonly #held = new Map<string, Held>()
  readonly #signIns: Counter<'outcome'>

  constructor(options: SessionsOptions, deps: SessionsDeps) {
    this.#options = { ttlMs: 900_000, limitMs: 43_200_000, nonceTtlMs: 300_000, limit: 50_000, ...options }
    this.#deps = deps
    this.#nonces = new Nonces({ ttlMs: this.#options.nonceTtlMs, limit: USED_NONCE_LIMIT }, deps)
    this.#signIns = new Counter({
      ...METRICS.signInsTotal,
      labelNames: ['outcome'],
      registers: [deps.metrics],
    })
    const signedIn: Gauge = new Gauge({
      ...METRICS.sessions,
      registers: [deps.metrics],
      collect: () => signedIn.set(this.#held.size),
    })
  }

  nonce(): string {
    return this.#nonces.issue()
  }

  /**
   * @returns the token, told once
   * @throws {SessionError}
   */
  async signIn(signed: { readonly message: string; readonly signature: string }): Promise<{
    readonly token: string
    readonly session: Session
  }> {
    try {
      const opened = await this.#open(signed)
      this.#signIns.inc({ outcome: 'ok' })
      return opened
    } catch (cause) {
      this.#signIns.inc({ outcome: cause instanceof SessionError ? cause.code : 'fault' })
      throw cause
    }
  }

  /** The session of `token`; undefined when there is none or it has ended. */
  find(token: string): Session | undefined {
    const held = this.#held.get(digestOf(token))
    return held !== undefined && held.until > this.#deps.clock.monotonic() ? held : undefined
  }

  /**
   * As `find`. A session of which half is over goes on from now, with the roles that its account then has: who is no
   * longer registered is signed out.
   */
  async renewed(token: string): Promise<Session | undefined> {
    const { clock } = this.#deps
    const { ttlMs } = this.#options
    const key = digestOf(token)
    const held = this.#held.get(key)
    const now = clock.monotonic()
    if (held === undefined || held.until <= now) return undefined
    const until = Math.min(now + ttlMs, held.end)
    if (held.until - now > ttlMs / 2 || until <= held.until) return held
    const roles = await this.#rolesOf(held.account).catch(() => undefined)
    // Signed out meanwhile; or the chain cannot be asked, and it ends as it was to.
    if (this.#held.get(key) !== held) return this.find(token)
    if (roles === undefined) return held
    this.#held.delete(key)
    if (roles.size === 0) return undefined
    const left = until - clock.monotonic()
    const session: Held = { ...held, roles, until, expires: (clock.now() + left) as UnixMs }
    this.#held.set(key, session)
    return session
  }

  signOut(token: string): void {
    this.#held.delete(digestOf(token))
  }

  async #open(signed: { readonly message: string; readonly signature: string }) {
    const { clock, recover } = this.#deps
    const expected = { ...this.#options, domains: this.#options.domains(), now: clock.now() }
    const { account, nonce } = readSignIn(signed, expected, recover)
    // After the signature, so that only account holders can fill the memory of used nonces.
    if (!this.#nonces.take(nonce)) {
      throw new SessionError('the nonce is not good, or no longer', { code: 'SIGN_IN_NONCE' })
    }
    const roles = await this.#rolesOf(account)
    if (roles.size === 0) throw new SessionError('not registered', { code: 'NOT_REGISTERED' })

    this.#makeRoom(account)
    const token = randomBytes(32).toString('base64url')
    const session: Held = {
      account,
      roles,
      expires: (clock.now() + this.#options.ttlMs) as UnixMs,
      until: clock.monotonic() + this.#options.ttlMs,
      end: clock.monotonic() + this.#options.limitMs,
    }
    this.#held.set(digestOf(token), session)
    return { token, session }
  }

  async #rolesOf(account: Address): Promise<ReadonlySet<Role>> {
    const [staff, patient, physician] = await Promise.all([
      this.#deps.staff?.roleOf(account),
      this.#deps.accounts.patient(account),
      this.#deps.accounts.physician(account),
    ])
    const roles = new Set<Role>()
    if (staff !== undefined) roles.add(staff)
    if (patient?.status === 'registered') roles.add('patient')
    if (physician?.status === 'registered' || physician?.status === 'active') roles.add('physician')
    return roles
  }

  #makeRoom(account: Address): void {
    const now = this.#deps.clock.monotonic()
    const own: string[] = []
    for (const [key, held] of this.#held) {
      if (held.until <= now || this.#held.size >= this.#options.limit) this.#held.delete(key)
      else if (held.account === account) own.push(key)
    }
    for (const key of own.slice(0, Math.max(0, own.length - PER_ACCOUNT + 1))) this.#held.delete(key)
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
