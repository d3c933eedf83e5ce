import type { RelayRequest } from '@hygeia/protocol/typed-data/chain'
import { z } from 'zod'
import { BODY, DISK, problems, RELAY } from '../documents.ts'
import { perAddress } from '../limits.ts'
import type { GrantPort, RelayPort } from '../ports.ts'
import { address, hex32, incarnation, place, signature, uint256, unixSeconds } from '../schemas.ts'
import type { App } from '../server.ts'

const once = { nonce: uint256, deadline: unixSeconds }
export const grantConsent = z.strictObject({
  patient: address,
  grant: hex32,
  accessEnd: unixSeconds,
  ...once,
})
export const revokeConsent = z.strictObject({ patient: address, grant: hex32 })

const relayRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('register-patient'),
    message: z.strictObject({ patient: address, ...once }),
    signature,
  }),
  z.strictObject({
    kind: z.literal('register-physician'),
    message: z.strictObject({ physician: address, keyDigest: hex32, ...once }),
    signature,
  }),
  z.strictObject({
    kind: z.literal('bind-device'),
    message: z.strictObject({ device: address, patient: address, ...once }),
    deviceSignature: signature,
    patientSignature: signature,
  }),
  z.strictObject({
    kind: z.literal('suspend-device'),
    message: z.strictObject({
      device: address,
      patient: address,
      incarnation,
      lastSequence: z.int().min(0),
      ...once,
    }),
    signature,
  }),
  z.strictObject({ kind: z.literal('grant'), message: grantConsent, signature }),
  z.strictObject({ kind: z.literal('revoke'), message: revokeConsent, signature }),
])

const REVOCATION = ['REVOCATION_SIGNATURE', 'PATIENT_UNKNOWN'] as const

export interface RelayDeps {
  readonly relay: RelayPort
  readonly grants: GrantPort
  readonly limits: { readonly relays: number; readonly revocations: number }
}

/** Statements that are signed, carried to the chain at the hospital's expense. */
export function relayRoutes(app: App, { relay, grants, limits }: RelayDeps): void {
  app.post(
    '/v1/relay',
    {
      config: perAddress(limits.relays),
      schema: {
        summary: 'Relay a signed statement',
        description:
          'Simulated first; answered once the transaction is final, at most 30 s later. The same statement again finds the same transaction.',
        tags: ['public'],
        body: relayRequest,
        response: {
          200: place.extend({ blockHash: hex32.optional() }),
          ...problems(...BODY, ...RELAY, ...DISK, ...REVOCATION),
        },
      },
    },
    async ({ body }) => {
      const request: RelayRequest = body
      // Whichever door a revocation comes in by, it is honoured on sight.
      return request.kind === 'revoke'
        ? await grants.revoke(request.message, request.signature)
        : await relay.send(request)
    },
  )
  app.post(
    '/v1/revocations',
    {
      config: perAddress(limits.revocations),
      schema: {
        summary: 'Revoke a grant',
        description:
          'Honoured at once: the fragments are deleted before the chain is told. Idempotent; no session is needed, because it is signed.',
        tags: ['grants'],
        body: z.strictObject({ message: revokeConsent, signature }),
        response: { 200: place, ...problems(...BODY, ...RELAY, ...DISK, ...REVOCATION) },
      },
    },
    async ({ body }) => await grants.revoke(body.message, body.signature),
  )
}
