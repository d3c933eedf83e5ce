import { REASON_LIMIT } from '@hygeia/protocol/emergency/emergency'
import { fromHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { BODY, DISK, problems, RELAY, SESSION } from '../documents.ts'
import { requireOperator, requireSession, sessionOf } from '../guards.ts'
import { perAccount, perAddress } from '../limits.ts'
import type { EmergencyPort, SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { address, hex32, place, signature, uint256, unixMs, unixSeconds } from '../schemas.ts'
import type { App } from '../server.ts'

/** A physician's word, as it comes with a request or before one. */
export const breakGlass = z.strictObject({
  physician: address,
  grant: hex32,
  reason: z.string().min(1).max(REASON_LIMIT).meta({ description: 'Why, in words for the patient' }),
  salt: hex32,
  expires: unixMs,
  signature: signature.transform(fromHex),
})
const message = {
  patient: address,
  grant: hex32,
  reason: hex32.meta({ description: 'Salted hash' }),
  hospital: address.meta({ description: 'Operator of the hospital that opens it' }),
  deadline: unixSeconds,
}
const waiting = z.object({
  id: hex32,
  physician: address,
  grant: hex32,
  reason: z.string(),
  expires: unixMs,
})
const JUDGED = [
  'EMERGENCY_SIGNATURE',
  'EMERGENCY_EXPIRED',
  'EMERGENCY_UNKNOWN',
  'EMERGENCY_NEEDS_ANOTHER',
  'PHYSICIAN_NOT_ACTIVE',
] as const

export interface EmergencyDeps {
  readonly emergencies: EmergencyPort
  readonly sessions: SessionPort
  readonly operatorToken: string
  readonly limits: { readonly grants: number; readonly operator: number }
}

/** Breaking the glass: another hospital's word, the act itself, and who agrees to it here. */
export function emergencyRoutes(
  app: App,
  { emergencies, sessions, operatorToken, limits }: EmergencyDeps,
): void {
  const tags = ['emergencies']
  const security = [{ session: [] }, { cookie: [] }]
  const preParsing = [requireSession(sessions, 'physician'), perAccount(app, limits.grants)]
  app.post(
    '/v1/emergencies/witness',
    {
      preParsing,
      schema: {
        summary: 'Sign, as another hospital, that a grant for emergencies should be opened',
        description: 'In the audit log first. `EMERGENCY_WAITS` until somebody here has agreed.',
        tags,
        security,
        body: z.strictObject({ breakGlass, hospital: address }),
        response: {
          200: z.object({
            message: z.object({ ...message, nonce: z.string() }),
            witness: address,
            signature,
          }),
          ...problems(...BODY, ...SESSION, ...DISK, ...JUDGED, 'EMERGENCY_WAITS', 'EMERGENCY_LIMIT'),
        },
      },
    },
    async (request) => {
      const { breakGlass: glass, hospital } = request.body
      if (glass.physician !== sessionOf(request).account) throw new ApiError('NOT_YOURS')
      const signed = await emergencies.witness(glass, hospital)
      return { ...signed, message: { ...signed.message, nonce: String(signed.message.nonce) } }
    },
  )
  app.post(
    '/v1/emergencies',
    {
      preParsing,
      schema: {
        summary: 'Open a grant for emergencies',
        description: 'In the audit log first; answered once the chain holds it for good.',
        tags,
        security,
        body: z.strictObject({
          breakGlass,
          witnessed: z.strictObject({
            message: z.strictObject({ ...message, nonce: uint256 }),
            witness: address,
            signature,
          }),
        }),
        response: { 201: place, ...problems(...BODY, ...SESSION, ...DISK, ...RELAY, ...JUDGED) },
      },
    },
    async (request, reply) => {
      const { breakGlass: glass, witnessed } = request.body
      if (glass.physician !== sessionOf(request).account) throw new ApiError('NOT_YOURS')
      return reply.code(201).send(await emergencies.open(glass, witnessed))
    },
  )
  const guarded = { preParsing: requireOperator(operatorToken), config: perAddress(limits.operator) }
  app.get(
    '/v1/operator/emergencies',
    {
      ...guarded,
      schema: {
        summary: 'Emergencies that wait for somebody here to agree',
        description:
          'Physicians of other hospitals ask that this one witness; the reason is in the physician’s words.',
        tags: ['operator'],
        security: [{ operator: [] }],
        response: { 200: z.array(waiting), ...problems('OPERATOR_ONLY') },
      },
    },
    async () => emergencies.waiting().map((one) => waiting.parse(one)),
  )
  app.post(
    '/v1/operator/emergencies/:id/agreement',
    {
      ...guarded,
      schema: {
        summary: 'Agree to an emergency, as its witness',
        description: 'The physician gets this hospital’s signature with the next question.',
        tags: ['operator'],
        security: [{ operator: [] }],
        params: z.object({ id: hex32 }),
        response: { 204: z.undefined(), ...problems('OPERATOR_ONLY', 'NOT_FOUND') },
      },
    },
    async ({ params }, reply) => {
      if (!emergencies.agree(params.id)) throw new ApiError('NOT_FOUND')
      return reply.code(204).send()
    },
  )
}
