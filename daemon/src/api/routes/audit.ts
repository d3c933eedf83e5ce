import { toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import type { AuditPort, SessionPort } from '../ports.ts'
import { hex32, hexText, place, signature } from '../schemas.ts'
import type { App } from '../server.ts'

const PAGE = 200

const entrySchema = z
  .object({
    entry: hexText('The entry, canonical DAG-CBOR'),
    signature,
    anchor: place
      .extend({ blockHash: hex32, root: hex32, count: z.int(), proof: z.array(hex32) })
      .optional()
      .meta({ description: 'What proves the entry, once it is anchored' }),
  })
  .meta({ id: 'AuditEntry' })

export interface AuditDeps {
  readonly audit: AuditPort
  readonly sessions: SessionPort
}

/** The patient's view of the audit log. */
export function auditRoutes(app: App, { audit, sessions }: AuditDeps): void {
  app.get(
    '/v1/audit',
    {
      preParsing: requireSession(sessions, 'patient'),
      schema: {
        summary: 'Who asked for what, when, and what the answer was',
        description:
          'Refusals are among it. Each entry is signed by the hospital, and comes with its proof once it is anchored.',
        tags: ['audit'],
        security: [{ session: [] }, { cookie: [] }],
        querystring: z.strictObject({
          cursor: z
            .string()
            .regex(/^\d{1,15}$/)
            .transform(Number)
            .optional(),
        }),
        response: {
          200: z.object({ entries: z.array(entrySchema), next: z.string().nullable() }),
          ...problems(...SESSION, ...DISK),
        },
      },
    },
    async (request) => {
      const { cursor = 0 } = request.query
      const { entries, next } = await audit.entriesOf(sessionOf(request).account, cursor, PAGE)
      return {
        entries: entries.map(({ bytes, signature, anchor }) => ({
          entry: toHex(bytes),
          signature: toHex(signature),
          ...(anchor && {
            anchor: { ...anchor, proof: anchor.proof.map((node) => toHex(node) as typeof anchor.root) },
          }),
        })),
        next: next === undefined ? null : String(next),
      }
    },
  )
}
