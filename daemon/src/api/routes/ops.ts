import type { Registry } from 'prom-client'
import { z } from 'zod'
import { binary, problems } from '../documents.ts'
import type { ReadyCheck } from '../ports.ts'
import { ApiError } from '../problem.ts'
import type { App } from '../server.ts'

export interface OpsDeps {
  readonly checks: Readonly<Record<string, ReadyCheck>>
  readonly metrics: Registry
}

/** A check that does not answer is a part that does not work. */
const CHECK_LIMIT_MS = 2_000

/** What supervisors and scrapers ask. */
export function opsRoutes(app: App, { checks, metrics }: OpsDeps): void {
  const tags = ['operations']
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether this process answers',
        description:
          'Says nothing of the parts behind it: for supervisors that restart what does not answer.',
        tags,
        response: { 200: z.object({ status: z.literal('ok') }), ...problems() },
      },
    },
    async () => ({ status: 'ok' as const }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether every part works',
        description:
          'Chain, disk and journal, each within two seconds; checks says what is wrong with which.',
        tags,
        response: { 200: z.object({ status: z.literal('ok') }), ...problems('NOT_READY') },
      },
    },
    async () => {
      const results = await Promise.all(
        Object.entries(checks).map(async ([part, check]) => [part, await outcomeOf(check)] as const),
      )
      const failed = results.filter(([, outcome]) => outcome !== undefined)
      if (failed.length > 0) throw new ApiError('NOT_READY', { checks: Object.fromEntries(failed) })
      return { status: 'ok' as const }
    },
  )
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics for Prometheus',
        description:
          'Counts and times of everything that happens here. No account, label or CID is in any of it.',
        tags,
        response: { 200: binary('text/plain', z.string(), 'Prometheus text format'), ...problems() },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  )
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

async function outcomeOf(check: ReadyCheck): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve('no answer'), CHECK_LIMIT_MS)
  try {
    return await Promise.race([Promise.resolve().then(check), promise])
  } catch {
    return 'failed'
  } finally {
    clearTimeout(timer)
  }
}
