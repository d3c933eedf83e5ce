import { createHash, timingSafeEqual } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import type { UnixMs } from '@hygeia/protocol/units'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { capabilityStatement } from '../../src/fhir/served/capability.ts'
import type { Facade } from '../../src/fhir/served/facade.ts'
import { FhirRefusal } from '../../src/fhir/served/outcome.ts'

export interface ServerOptions {
  /** Where it is reached, without a slash at its end. */
  readonly base: () => string
  readonly token: string
  /** PEM; HTTP without. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
  readonly startedAt: UnixMs
  /** Told of what nobody expected; whoever asked is told nothing of it. */
  readonly onFault: (cause: unknown) => void
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8'
const REQUESTS_A_MINUTE = 1_200
const CONNECTIONS = 64

/** The facade over HTTP: read and search with a token, nothing else. Nothing listens yet. */
export async function createServer(
  { base, token, tls, startedAt, onFault }: ServerOptions,
  facade: Facade,
): Promise<FastifyInstance> {
  const app = bare(tls)
  app.server.maxConnections = CONNECTIONS
  app.setErrorHandler((error, _request, reply) => {
    const refusal = refusalIn(error)
    if (refusal.type === 'exception') onFault(error)
    return refuse(reply, refusal)
  })
  app.setNotFoundHandler((_request, reply) =>
    refuse(reply, new FhirRefusal('not-found', 'read and search are served here: /metadata lists what')),
  )
  await app.register(rateLimit, {
    max: REQUESTS_A_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: () =>
      new FhirRefusal('throttled', `more than ${REQUESTS_A_MINUTE} requests a minute`),
  })
  const guard = { onRequest: guardFor(token) }
  app.get('/metadata', async (_request, reply) => send(reply, capabilityStatement(base(), startedAt)))
  app.get<{ Params: { type: string } }>('/:type', guard, async ({ params, url }, reply) => {
    const { searchParams } = new URL(url, base())
    return send(reply, await facade.search(params.type, searchParams))
  })
  app.get<{ Params: { type: string; id: string } }>('/:type/:id', guard, async ({ params }, reply) =>
    send(reply, await facade.read(params.type, params.id)),
  )
  return app
}

function bare(tls: ServerOptions['tls']): FastifyInstance {
  const limits = {
    requestTimeout: 15_000,
    keepAliveTimeout: 30_000,
    bodyLimit: 1_024,
    forceCloseConnections: true,
  }
  const http = { maxHeaderSize: 8_192, headersTimeout: 5_000 }
  if (tls === undefined) return fastify({ ...limits, http })
  // Another kind of server underneath; what is done with it here is the same.
  return fastify({
    ...limits,
    https: { ...tls, ...http, minVersion: 'TLSv1.2' },
  }) as unknown as FastifyInstance
}

/** Compares digests, so that neither its length nor its beginning can be told from how long it takes. */
function guardFor(token: string) {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const wanted = digest(`Bearer ${token}`)
  return async (request: { headers: { authorization?: string | undefined } }): Promise<void> => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) return
    throw new FhirRefusal('login', 'send Authorization: Bearer TOKEN, with the token that was shown at start')
  }
}

function send(reply: FastifyReply, resource: object): FastifyReply {
  // Nobody between here and whoever asks is to keep it.
  return reply.type(FHIR_JSON).header('cache-control', 'no-store').send(JSON.stringify(resource))
}

function refuse(reply: FastifyReply, refusal: FhirRefusal): FastifyReply {
  if (refusal.type === 'login') reply.header('www-authenticate', 'Bearer')
  return send(reply.code(refusal.status), refusal.outcome)
}

function refusalIn(error: unknown): FhirRefusal {
  if (error instanceof FhirRefusal) return error
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500) return new FhirRefusal('invalid', 'not a request that is served here')
  return new FhirRefusal('exception', 'it could not be answered: look at the terminal of hygeia fhir-serve')
}
