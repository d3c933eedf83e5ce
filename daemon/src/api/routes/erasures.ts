import { fromHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { BODY, DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import type { ErasurePort, SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { address, signature, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'

export interface ErasureDeps {
  readonly erasures: ErasurePort
  readonly sessions: SessionPort
  readonly limits: { readonly grants: number }
}

/** What a patient has deleted. */
export function erasureRoutes(app: App, { erasures, sessions, limits }: ErasureDeps): void {
  app.post(
    '/v1/erasures',
    {
      preParsing: [requireSession(sessions, 'patient'), perAccount(app, limits.grants)],
      schema: {
        summary: 'Delete what was taken in a range of time, at this hospital',
        description:
          'Sealed batches, what is known of them, the manifests that link to them, and fragments of grants for that time alone. What stays: salted digests and pseudonyms on the chain; device, sequence and digest of each batch; the audit log; backups, until the operator deletes them. Again is no change.',
        tags: ['erasures'],
        security: [{ session: [] }, { cookie: [] }],
        body: z.strictObject({ patient: address, from: unixMs, to: unixMs, expires: unixMs, signature }),
        response: {
          200: z.object({
            batches: z.int(),
            waiting: z.int().meta({ description: 'Not anchored for good yet: to be asked for again' }),
            manifests: z.int(),
            grants: z.int().meta({ description: 'Grants whose fragments are gone' }),
          }),
          ...problems(
            ...BODY,
            ...SESSION,
            ...DISK,
            'ERASURE_EXPIRED',
            'ERASURE_SIGNATURE',
            'ERASURE_UNSUPPORTED',
          ),
        },
      },
    },
    async (request) => {
      const { signature, ...order } = request.body
      if (order.patient !== sessionOf(request).account) throw new ApiError('NOT_YOURS')
      return await erasures.erase({ ...order, signature: fromHex(signature) })
    },
  )
}
