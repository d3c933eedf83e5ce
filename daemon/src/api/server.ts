import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import type { Logger } from '@hygeia/runtime/log'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import { addExamples } from './document/examples.ts'
import { allowHospitals, type OriginDeps } from './hospital-origins.ts'
import { observe } from './observe.ts'
import { answerProblems, refuseConnection } from './refuse.ts'
import { CBOR } from './schemas.ts'

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

export interface ServerOptions {
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string }
  /** Requests a minute of one address, to routes without a limit of their own. */
  readonly perAddress: number
  /** Time for a whole request to arrive. */
  readonly requestTimeoutMs: number
  /** Time for its headers. */
  readonly headersTimeoutMs: number
  readonly maxConnections: number
}

/** Largest body of a route that does not say otherwise. */
const BODY_LIMIT_BYTES = 16_384
const HEADERS_LIMIT_BYTES = 8_192
const HANDSHAKE_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 30_000
const CHECK_MS = 500
const ADDRESSES_REMEMBERED = 10_000
/** Longest path segment: CIDs have 59 characters, hashes 66. */
const PARAMETER_LIMIT = 100

/** Limits of time and size that every HTTPS door of the hospital has. */
export function doorLimits({
  requestTimeoutMs,
  headersTimeoutMs,
}: Pick<ServerOptions, 'requestTimeoutMs' | 'headersTimeoutMs'>) {
  return {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: HEADERS_LIMIT_BYTES,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
}

/** A TLS server with every limit set and nothing on it yet. */
export async function createServer(
  options: ServerOptions,
  deps: { readonly log: Logger; readonly metrics: Registry } & OriginDeps,
): Promise<App> {
  const { log, metrics } = deps
  const { requestTimeoutMs } = options
  const bare = fastify({
    https: {
      ...options.tls,
      ...doorLimits(options),
      minVersion: 'TLSv1.2',
    },
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    loggerInstance: log as FastifyBaseLogger,
    // Its lines have addresses of clients and of patients in them.
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: PARAMETER_LIMIT },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, _request, reply) => {
      answerProblems(error, reply, log)
    },
  })
  bare.server.maxConnections = options.maxConnections
  const app = bare.withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, _request, reply) => answerProblems(error, reply, log))
  app.setNotFoundHandler((_request, reply) => answerProblems({ code: 'NO_SUCH_ROUTE' }, reply, log))
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser(CBOR, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.decorateRequest('signedIn', null)
  observe(app, metrics)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: { maxAge: 31_536_000 },
    xFrameOptions: { action: 'deny' },
  })
  await app.register(cookie)
  // Before the limits, so that pages of other hospitals can read that they asked too often.
  await allowHospitals(app, deps)
  await app.register(rateLimit, {
    max: options.perAddress,
    timeWindow: 60_000,
    cache: ADDRESSES_REMEMBERED,
    errorResponseBuilder: (_request, { ttl }) => ({
      code: 'RATE_LIMITED',
      detail: { retryAfterSec: Math.ceil(ttl / 1_000) },
    }),
  })
  await describe(app)
  return app
}

async function describe(app: App): Promise<void> {
  const toObject = createJsonSchemaTransformObject({ zodToJsonConfig: { unrepresentable: 'any' } })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Hygeia hospital',
        version: '1',
        description:
          'Stores what it cannot read, relays what is signed, re-encrypts for whom the patient allows.',
        license: { name: 'GPL-3.0-only', identifier: 'GPL-3.0-only' },
      },
      components: {
        securitySchemes: {
          session: { type: 'http', scheme: 'bearer', description: 'Token of a session' },
          cookie: { type: 'apiKey', in: 'cookie', name: '__Host-hygeia' },
          operator: { type: 'http', scheme: 'bearer', description: "The operator's token" },
        },
      },
    },
    // Shapes that only code can check are described by hand.
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } }),
    transformObject: (source) => addExamples(toObject(source)),
  })
}
