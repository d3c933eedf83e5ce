import { createHash, timingSafeEqual } from 'node:crypto'
import type { UnixMs } from '@hygeia/protocol/units'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isFromOwnPage } from './own-pages.ts'
import type { SessionPort, SignedIn } from './ports.ts'
import { ApiError } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null where nobody has to be. */
    signedIn: SignedIn | null
  }
}

/** A `preParsing` hook: before the body is read, and after the limits of the address, which are `onRequest`. */
type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** `__Host-`: browsers take it only over TLS, for this host, and for every path of it. */
export const COOKIE = '__Host-hygeia'

/** Token of a request: `Authorization: Bearer`, or a browser's cookie. */
export function tokenOf(request: FastifyRequest): string | undefined {
  return bearerOf(request) ?? request.cookies[COOKIE]
}

/** Give the browser its token: no script sees it, and no other site's page makes it go along. */
export function keepCookie(reply: FastifyReply, token: string, expires: UnixMs): void {
  reply.setCookie(COOKIE, token, {
    httpOnly: true,
    secure: true,
    sameSite: 'strict',
    path: '/',
    expires: new Date(expires),
  })
}

function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : undefined
}

/** Lets only signed-in accounts with `role` (any, when left out) through. */
export function requireSession(sessions: SessionPort, role?: 'patient' | 'physician'): Hook {
  return async (request, reply) => {
    const token = tokenOf(request)
    const held = token === undefined ? undefined : sessions.find(token)
    if (token === undefined || held === undefined) throw new ApiError('SIGNED_OUT')
    const isByCookie = bearerOf(request) === undefined
    if (isByCookie && !isFromOwnPage(request)) throw new ApiError('CROSS_ORIGIN')
    const session = await sessions.renewed(token)
    if (session === undefined) throw new ApiError('SIGNED_OUT')
    if (isByCookie && session.expires !== held.expires) keepCookie(reply, token, session.expires)
    if (role !== undefined && !session.roles.has(role)) throw new ApiError('NOT_YOURS')
    request.signedIn = session
  }
}

/** Who is signed in, on a route that requires it. */
export function sessionOf({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === null) throw new ApiError('SIGNED_OUT')
  return signedIn
}

/** Lets only the holder of the operator's token through. */
export function requireOperator(operatorToken: string): Hook {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(operatorToken)
  return async (request) => {
    const given = bearerOf(request)
    if (given === undefined || !timingSafeEqual(digest(given), expected)) throw new ApiError('OPERATOR_ONLY')
  }
}
