import type { App } from '../server.ts'
import type { OperationsLogPort } from './port.ts'

const BY = 'command-line'
const PREFIX = '/v1/operator/'

/**
 * Write what the holder of the operator's token does into the log of operations, before it is done, and what came of it.
 */
export function noteOperator(app: App, log: OperationsLogPort): void {
  const changes = (method: string, url: string | undefined) =>
    method !== 'GET' && method !== 'HEAD' && url?.startsWith(PREFIX) === true
  const subjectOf = (params: unknown) => String(Object.values(Object(params))[0] ?? '')
  // Who holds no token has been sent away before.
  app.addHook('preHandler', async (request) => {
    const { method, params, routeOptions } = request
    if (!changes(method, routeOptions.url)) return
    const about = `${method} ${routeOptions.url?.slice(PREFIX.length)}`
    await log.append({ by: BY, act: 'asked', about, subject: subjectOf(params) })
    request.isNoted = true
  })
  app.addHook('onResponse', async ({ method, params, routeOptions, isNoted }, { statusCode }) => {
    if (!isNoted) return
    const about = `${method} ${routeOptions.url?.slice(PREFIX.length)}`
    const act = statusCode < 300 ? 'done' : `refused ${statusCode}`
    await log.append({ by: BY, act, about, subject: subjectOf(params) })
  })
  app.decorateRequest('isNoted', false)
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether what is asked for is in the log of operations. */
    isNoted: boolean
  }
}
