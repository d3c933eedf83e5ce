import { Counter, Histogram, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import type { ProblemCode } from './problem.ts'
import type { App } from './server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer lasts as long as its reader likes, and is timed for nobody. */
    isEndless?: boolean
  }
  interface FastifyReply {
    /** The problem that this is an answer with, if it is one. */
    problemCode: ProblemCode | null
  }
}

/** Counts and times every answer, by the pattern of its route: no address and no CID becomes a label. */
export function observe(app: App, metrics: Registry): void {
  const seconds = new Histogram({
    ...METRICS.httpSeconds,
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 5, 15, 30],
    registers: [metrics],
  })
  const problems = new Counter({
    ...METRICS.httpProblemsTotal,
    labelNames: ['code'],
    registers: [metrics],
  })
  app.decorateReply('problemCode', null)
  app.addHook('onResponse', async (request, reply) => {
    const { method, url = 'none' } = { method: request.method, url: request.routeOptions.url }
    if (request.routeOptions.config.isEndless !== true)
      seconds.observe({ method, route: url, status: reply.statusCode }, reply.elapsedTime / 1_000)
    if (reply.problemCode !== null) problems.inc({ code: reply.problemCode })
  })
}
