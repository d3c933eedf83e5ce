import { GRANT_LIMIT_BYTES } from '@hygeia/protocol/grant/codec'
import { GRANT_LABEL_LIMIT } from '@hygeia/protocol/grant/grant'
import { KFRAG_BYTES } from '@hygeia/protocol/grant/parcel'
import { toHex } from '@hygeia/protocol/ids'
import { CAPSULE_BYTES } from '@hygeia/protocol/sealed/codec'
import { z } from 'zod'
import { BODY, DISK, problems, RELAY, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import type { GrantPort, SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { hex32, hexBytes, hexText, place, signature } from '../schemas.ts'
import type { App } from '../server.ts'
import { grantConsent } from './relay.ts'

const PARCEL_LIMIT_BYTES = GRANT_LABEL_LIMIT * KFRAG_BYTES + 64
const BODY_LIMIT_BYTES = 2 * (GRANT_LIMIT_BYTES + PARCEL_LIMIT_BYTES) + 2_048

const offered = z.strictObject({
  grant: hexBytes(GRANT_LIMIT_BYTES, 'The grant document, canonical DAG-CBOR'),
  consent: z.strictObject({ message: grantConsent, signature }),
  parcel: z.strictObject({
    capsule: hexBytes(CAPSULE_BYTES, 'Umbral capsule'),
    ciphertext: hexBytes(PARCEL_LIMIT_BYTES, "This proxy's fragments, encrypted to its key"),
  }),
})
const known = z
  .object({
    hash: hex32,
    grant: hexText('The grant document'),
    state: z.enum(['pending', 'active', 'sealed', 'revoked', 'expired']),
  })
  .meta({ id: 'KnownGrant' })

export interface GrantDeps {
  readonly grants: GrantPort
  readonly sessions: SessionPort
  readonly limits: { readonly grants: number }
}

/** What patients allow. */
export function grantRoutes(app: App, { grants, sessions, limits }: GrantDeps): void {
  const tags = ['grants']
  const security = [{ session: [] }, { cookie: [] }]
  app.post(
    '/v1/grants',
    {
      preParsing: [requireSession(sessions, 'patient'), perAccount(app, limits.grants)],
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Hand in a grant',
        description:
          'Everything is checked, then stored, then the consent is relayed; answered once it is final. The same grant again gives the same answer.',
        tags,
        security,
        body: offered,
        response: {
          201: place.extend({ grant: hex32 }),
          ...problems(
            ...BODY,
            ...SESSION,
            ...DISK,
            ...RELAY,
            'CONSENT_DIFFERS',
            'CONSENT_SIGNATURE',
            'PROXY_DIFFERS',
            'GRANT_RANGE',
            'PHYSICIAN_NOT_ACTIVE',
            'PHYSICIAN_KEY_DIFFERS',
            'LABEL_KEY_DIFFERS',
            'PARCEL_INVALID',
            'KFRAG_INVALID',
            'GRANT_LIMIT',
            'GRANT_REVOKED',
          ),
        },
      },
    },
    async (request, reply) => {
      const { grant, consent, parcel } = request.body
      if (consent.message.patient !== sessionOf(request).account) throw new ApiError('NOT_YOURS')
      const { hash, place } = await grants.put({ bytes: grant, consent, parcel })
      const { transaction, blockNumber } = place
      return reply.code(201).send({ grant: hash, transaction, blockNumber })
    },
  )
  app.get(
    '/v1/grants',
    {
      preParsing: requireSession(sessions),
      schema: {
        summary: 'Grants that the account gave or was given',
        description:
          'Each as it was handed in, and how it stands by the newest block: pending, active, sealed, revoked or expired.',
        tags,
        security,
        response: { 200: z.array(known), ...problems(...SESSION, ...DISK) },
      },
    },
    async (request) => {
      const held = await grants.of(sessionOf(request).account)
      return held.map(({ hash, bytes, standing }) => ({ hash, grant: toHex(bytes), state: standing }))
    },
  )
}
