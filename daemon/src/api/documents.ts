import { z } from 'zod'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** Problem details. @see RFC 9457 */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'urn:hygeia:problem: and the code' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'What clients switch on' }),
    detail: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details, RFC 9457' })

/** What may go wrong with any request at all. */
const ALWAYS = [
  'BAD_REQUEST',
  'BAD_URL',
  'INVALID_REQUEST',
  'REQUEST_TIMEOUT',
  'RATE_LIMITED',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
] as const satisfies readonly ProblemCode[]

/** What may go wrong with a body of any kind. */
export const BODY = ['NOT_JSON', 'MALFORMED', 'BODY_TOO_LARGE', 'MEDIA_TYPE'] as const
/** What a route that asks who is there may answer instead. */
export const SESSION = ['SIGNED_OUT', 'NOT_YOURS', 'CROSS_ORIGIN'] as const
/** What a route that writes may answer instead. */
export const DISK = ['STORE_DOWN', 'STORE_FULL'] as const
export const CHAIN = ['CHAIN_UNAVAILABLE', 'CHAIN_DOWN'] as const
export const RELAY = [
  'STATEMENT_EXPIRED',
  'STATEMENT_SIGNATURE',
  'CONTRACT_REFUSED',
  'SIGNER_LIMIT',
  'RELAY_TIMEOUT',
  ...CHAIN,
] as const

/** Responses of a route that answers with these problems, by status, for its document. */
export function problems(...codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(new Set([...ALWAYS, ...codes]), (code) => PROBLEMS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, grouped]) => [
      status,
      {
        description: grouped.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n'),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  )
}

/** A route's answer of bytes. */
export function binary(type: string, schema: z.ZodType, description: string) {
  return { description, content: { [type]: { schema } } }
}
