import { PROXY_LIMIT } from '@hygeia/protocol/grant/grant'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { REQUEST_BATCH_LIMIT } from '@hygeia/protocol/request/request'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import { z } from 'zod'
import { BODY, CHAIN, DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import type { ReencryptPort, SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { address, cid, cidText, hex32, hexText, signature, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'
import { breakGlass } from './emergencies.ts'

const BODY_LIMIT_BYTES = REQUEST_BATCH_LIMIT * 64 + 4_096

const body = z.strictObject({
  request: z.strictObject({
    physician: address,
    grant: hex32,
    batches: z.array(cid).min(1).max(REQUEST_BATCH_LIMIT),
    proxies: z.array(address).min(1).max(PROXY_LIMIT),
    nonce: hex32,
    expires: unixMs,
  }),
  signature,
  emergency: breakGlass.optional().meta({ description: 'Why, under a grant for emergencies' }),
})

export interface ReencryptionDeps {
  readonly reencryptor: ReencryptPort
  readonly sessions: SessionPort
  readonly limits: { readonly reencryptions: number }
}

/** The proxy's door. */
export function reencryptionRoutes(app: App, { reencryptor, sessions, limits }: ReencryptionDeps): void {
  app.post(
    '/v1/reencryptions',
    {
      preParsing: [requireSession(sessions, 'physician'), perAccount(app, limits.reencryptions)],
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Have the data keys of batches re-encrypted',
        description:
          'One cfrag for each distinct capsule. Either answer is in the audit log before it is given; a refusal too.',
        tags: ['reencryptions'],
        security: [{ session: [] }, { cookie: [] }],
        body,
        response: {
          200: z.object({
            entry: hexText('The line in the audit log, canonical DAG-CBOR'),
            entrySignature: signature,
            cfrags: z.array(
              z.object({ capsule: hexText('Umbral capsule'), cfrag: hexText('Umbral capsule fragment') }),
            ),
            missing: z.array(cidText).meta({ description: 'Batches that are not held here, or not yet' }),
          }),
          ...problems(
            ...BODY,
            ...SESSION,
            ...DISK,
            ...CHAIN,
            'REQUEST_FOR_OTHERS',
            'REQUEST_EXPIRED',
            'REQUEST_SIGNATURE',
            'REPLAYED',
            'GRANT_UNKNOWN',
            'GRANT_PENDING',
            'GRANT_REVOKED',
            'GRANT_EXPIRED',
            'GRANT_NOT_YET',
            'GRANT_SEALED',
            'PHYSICIAN_NOT_ACTIVE',
            'HOSPITAL_NOT_ACTIVE',
            'OUTSIDE_GRANT',
            'BATCH_UNKNOWN',
            'STALE_CHAIN',
            'PROXY_BUSY',
          ),
        },
      },
    },
    async (request) => {
      const { request: asked, signature, emergency } = request.body
      if (asked.physician !== sessionOf(request).account) throw new ApiError('NOT_YOURS')
      const { entry, entrySignature, cfrags, missing } = await reencryptor.answer(
        asked,
        fromHex(signature),
        emergency,
      )
      return {
        entry: toHex(entry),
        entrySignature: toHex(entrySignature),
        cfrags: cfrags.map(({ capsule, cfrag }) => ({ capsule: toHex(capsule), cfrag: toHex(cfrag) })),
        missing: missing.map(formatCid),
      }
    },
  )
}
