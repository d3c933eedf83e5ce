import { z } from 'zod'
import { BODY, DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import type { PushPort, SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import type { App } from '../server.ts'

export interface PushDeps {
  readonly sessions: SessionPort
  /** Undefined where the hospital has no Web Push. */
  readonly push?: PushPort | undefined
  readonly limits: { readonly relays: number }
}

const endpoint = z.url({ protocol: /^https?$/ }).max(1_024)
const base64url = (least: number, most: number) =>
  z
    .string()
    .min(least)
    .max(most)
    .regex(/^[A-Za-z0-9_-]+={0,2}$/)

/** Browsers that want to be told that an alert came, or that a device is silent. @see W3C Push API */
export function pushRoutes(app: App, { sessions, push, limits }: PushDeps): void {
  if (push === undefined) return
  const tags = ['notices']
  const security = [{ session: [] }]
  const guarded = { preParsing: [requireSession(sessions), perAccount(app, limits.relays)] }
  app.get(
    '/v1/push/key',
    {
      schema: {
        summary: 'Key that browsers subscribe with',
        tags,
        response: { 200: z.object({ key: z.string() }), ...problems() },
      },
    },
    async () => ({ key: push.publicKey }),
  )
  app.put(
    '/v1/push/subscription',
    {
      ...guarded,
      schema: {
        summary: 'Have this browser told',
        description:
          'Of the own devices, and of those of patients who allow the account something at present.',
        tags,
        security,
        body: z.strictObject({
          endpoint,
          keys: z.strictObject({ p256dh: base64url(80, 100), auth: base64url(16, 32) }),
        }),
        response: { 204: z.null(), ...problems(...BODY, ...SESSION, ...DISK, 'PUSH_REFUSED') },
      },
    },
    async (request, reply) => {
      const { account } = sessionOf(request)
      if (!(await push.add({ account, ...request.body }))) throw new ApiError('PUSH_REFUSED')
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/v1/push/subscription',
    {
      ...guarded,
      schema: {
        summary: 'Have this browser told no more',
        tags,
        security,
        body: z.strictObject({ endpoint }),
        response: { 204: z.null(), ...problems(...BODY, ...SESSION, ...DISK) },
      },
    },
    async (request, reply) => {
      await push.remove({ account: sessionOf(request).account, endpoint: request.body.endpoint })
      return reply.code(204).send(null)
    },
  )
}
