import type { FastifyRequest } from 'fastify'
import { ApiError } from './problem.ts'
import type { App } from './server.ts'

/** Requests a minute, each. Addresses are IPv4, or the /64 of IPv6. */
export interface Limits {
  /** Of one address, to all routes together that have no limit of their own. */
  readonly perAddress: number
  /** Device and sign-in nonces, of one address. */
  readonly nonces: number
  readonly signIns: number
  /** Statements relayed, of one address; the relay counts signers besides. */
  readonly relays: number
  readonly revocations: number
  readonly physicianKeys: number
  /** JSON-RPC requests, of one address; each of up to 100 calls. */
  readonly chain: number
  readonly operator: number
  /** Questions of other hospitals, of one address. */
  readonly consortium: number
  /** Of one account, at whatever address. */
  readonly reencryptions: number
  readonly grants: number
  /** Sealed batches, of one account. */
  readonly uploads: number
  readonly pairings: number
  /** Questions and acts of one of the staff. */
  readonly staff: number
  /** Streams of events that one account opens. */
  readonly events: number
  /** Not in a minute but at a time: streams of events, in all and of one account. */
  readonly streams: number
  readonly streamsPerAccount: number
}

export const DEFAULT_LIMITS: Limits = {
  perAddress: 3_000,
  nonces: 1_200,
  signIns: 120,
  relays: 600,
  revocations: 120,
  physicianKeys: 60,
  chain: 3_000,
  operator: 600,
  consortium: 3_000,
  reencryptions: 240,
  grants: 120,
  uploads: 120,
  pairings: 60,
  staff: 1_200,
  events: 120,
  streams: 1_000,
  streamsPerAccount: 8,
}

const WINDOW_MS = 60_000

/** Route option that limits what one address may ask. */
export const perAddress = (max: number) => ({ rateLimit: { max, timeWindow: WINDOW_MS } })

/** Hook, after the session's, that limits what one account may ask. */
export function perAccount(app: App, max: number) {
  const limit = app.createRateLimit({
    max,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => request.signedIn?.account ?? 'nobody',
  })
  return async (request: FastifyRequest): Promise<void> => {
    const used = await limit(request)
    if (!used.isAllowed && used.isExceeded) {
      throw new ApiError('RATE_LIMITED', { retryAfterSec: used.ttlInSeconds })
    }
  }
}
