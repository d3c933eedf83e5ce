import { z } from 'zod'
import { BODY, CHAIN, problems } from '../documents.ts'
import { COOKIE, keepCookie, requireSession, sessionOf, tokenOf } from '../guards.ts'
import { perAddress } from '../limits.ts'
import { isFromOwnPage } from '../own-pages.ts'
import type { SessionPort } from '../ports.ts'
import { address, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'

const role = z.enum(['patient', 'physician', 'viewer', 'operator'])

export interface SessionDeps {
  readonly sessions: SessionPort
  readonly limits: { readonly nonces: number; readonly signIns: number }
}

/** Signing in with an Ethereum account, and out. @see EIP-4361 */
export function sessionRoutes(app: App, { sessions, limits }: SessionDeps): void {
  app.get(
    '/v1/session/nonce',
    {
      config: perAddress(limits.nonces),
      schema: {
        summary: 'A nonce to sign in with',
        description: 'Single-use, good for five minutes.',
        tags: ['session'],
        response: { 200: z.object({ nonce: z.string() }), ...problems() },
      },
    },
    async () => ({ nonce: sessions.nonce() }),
  )
  app.post(
    '/v1/session',
    {
      config: perAddress(limits.signIns),
      schema: {
        summary: 'Sign in',
        description:
          'Domain and chain id must be those of this hospital. Pages of this hospital get the token as a cookie too. A session lasts fifteen minutes from when it was last used, and twelve hours at most.',
        tags: ['session'],
        body: z.strictObject({
          message: z.string().max(2_048).meta({ description: 'EIP-4361 message' }),
          signature: z
            .string()
            .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/)
            .meta({ description: 'EIP-191, 65 bytes, or 64 (EIP-2098)' }),
        }),
        response: {
          201: z.object({
            token: z.string(),
            expires: unixMs,
            account: address,
            roles: z.array(role),
          }),
          ...problems(
            ...BODY,
            ...CHAIN,
            'SIGN_IN_MALFORMED',
            'SIGN_IN_WRONG_DOMAIN',
            'SIGN_IN_WRONG_CHAIN',
            'SIGN_IN_NONCE',
            'SIGN_IN_EXPIRED',
            'SIGN_IN_SIGNATURE',
            'NOT_REGISTERED',
          ),
        },
      },
    },
    async (request, reply) => {
      const { token, session } = await sessions.signIn(request.body)
      const { account, roles, expires } = session
      // Not to pages of other hospitals, nor for one site to sign somebody in at another.
      if (isFromOwnPage(request)) keepCookie(reply, token, expires)
      return reply.code(201).send({ token, expires, account, roles: [...roles] })
    },
  )
  app.get(
    '/v1/session',
    {
      preParsing: requireSession(sessions),
      schema: {
        summary: 'Who is signed in, and until when',
        description: 'Asking is using: a session of which half is over goes on from now.',
        tags: ['session'],
        security: [{ session: [] }, { cookie: [] }],
        response: {
          200: z.object({ account: address, roles: z.array(role), expires: unixMs }),
          ...problems('SIGNED_OUT', 'CROSS_ORIGIN'),
        },
      },
    },
    async (request) => {
      const { account, roles, expires } = sessionOf(request)
      return { account, roles: [...roles], expires }
    },
  )
  app.delete(
    '/v1/session',
    {
      preParsing: requireSession(sessions),
      schema: {
        summary: 'Sign out',
        description:
          'The token is worth nothing from then on, streams of events that it opened end, and the cookie is taken back.',
        tags: ['session'],
        security: [{ session: [] }, { cookie: [] }],
        response: {
          204: z.null().meta({ description: 'Signed out' }),
          ...problems('SIGNED_OUT', 'CROSS_ORIGIN'),
        },
      },
    },
    async (request, reply) => {
      const token = tokenOf(request)
      if (token !== undefined) sessions.signOut(token)
      return reply.clearCookie(COOKIE, { path: '/', secure: true }).code(204).send(null)
    },
  )
}
