import { fromHex, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { BODY, CHAIN, DISK, problems } from '../documents.ts'
import { perAddress } from '../limits.ts'
import type { PhysicianKeyPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { address, signature, umbralKey } from '../schemas.ts'
import type { App } from '../server.ts'

const keySchema = z.strictObject({ receivingKey: umbralKey, signature })
const params = z.object({ address })

export interface PhysicianDeps {
  readonly physicianKeys: PhysicianKeyPort
  readonly limits: { readonly physicianKeys: number }
}

/** Umbral keys of physicians, each signed by its physician, so that nobody needs to sign in for them. */
export function physicianRoutes(app: App, { physicianKeys, limits }: PhysicianDeps): void {
  app.put(
    '/v1/physicians/:address/key',
    {
      config: perAddress(limits.physicianKeys),
      schema: {
        summary: "Put a physician's Umbral key",
        description:
          'Signed by the physician, whose account the Directory has to hold with the digest of this very key. The same again changes nothing.',
        tags: ['physicians'],
        params,
        body: keySchema,
        response: {
          204: z.null().meta({ description: 'Held' }),
          ...problems(...BODY, ...CHAIN, ...DISK, 'KEY_SIGNATURE', 'PHYSICIAN_KEY_DIFFERS'),
        },
      },
    },
    async ({ params, body }, reply) => {
      await physicianKeys.put({
        physician: params.address,
        receivingKey: fromHex(body.receivingKey),
        signature: fromHex(body.signature),
      })
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/v1/physicians/:address/key',
    {
      schema: {
        summary: "A physician's Umbral key",
        description: 'Check the signature, and compare the fingerprint outside of this hospital.',
        tags: ['physicians'],
        params,
        response: { 200: keySchema, ...problems('NOT_FOUND', ...CHAIN, ...DISK) },
      },
    },
    async ({ params }) => {
      const key = await physicianKeys.get(params.address)
      if (key === undefined) throw new ApiError('NOT_FOUND')
      return { receivingKey: toHex(key.receivingKey), signature: toHex(key.signature) }
    },
  )
}
