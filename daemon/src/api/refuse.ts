import type { Socket } from 'node:net'
import type { Logger } from '@hygeia/runtime/log'
import type { FastifyReply } from 'fastify'
import { PROBLEMS, type ProblemCode, problemOf } from './problem.ts'

const TYPE = 'application/problem+json; charset=utf-8'
/** Faults of one request that its client is told of. */
const FAULTS_TOLD = 8

/** Answer with problem details; a fault of our own is logged here and told to nobody. */
export function answerProblems(cause: unknown, reply: FastifyReply, log: Logger): FastifyReply {
  const { problem, retryAfterSec } = problemOf(withIssues(cause))
  if (problem.status === 500)
    log.error({ err: cause, route: reply.request.routeOptions.url }, 'request failed')
  if (retryAfterSec !== undefined) reply.header('retry-after', retryAfterSec)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  reply.problemCode = problem.code
  return reply.code(problem.status).type(TYPE).serializer(String).send(JSON.stringify(problem))
}

/** A validation error of the framework, with what is wrong where. */
function withIssues(cause: unknown): unknown {
  const { validation, validationContext } = Object(cause) as {
    validation?: readonly { readonly instancePath: string; readonly message?: string }[]
    validationContext?: string
  }
  if (!Array.isArray(validation)) return cause
  const errors = validation
    .slice(0, FAULTS_TOLD)
    .map(({ instancePath, message }) => ({ in: validationContext, path: instancePath, message }))
  return { code: 'INVALID_REQUEST', detail: { errors } }
}

const BY_NODE: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
}

/** What never became a request: answered on the socket, which is then closed. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const code = BY_NODE[error.code ?? ''] ?? 'BAD_REQUEST'
    const body = JSON.stringify(problemOf({ code }).problem)
    socket.write(
      `HTTP/1.1 ${PROBLEMS[code].status} Refused\r\ncontent-type: ${TYPE}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}
