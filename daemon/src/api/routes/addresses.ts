import { fromHex, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { BODY, CHAIN, problems } from '../documents.ts'
import { perAddress } from '../limits.ts'
import type { AddressPort } from '../ports.ts'
import { address, hex32, signature, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'

const stated = {
  api: z
    .url({ protocol: /^https$/ })
    .max(256)
    .regex(/[^/]$/, 'ends in a slash')
    .meta({ description: 'HTTPS origin' }),
  caHash: hex32.meta({ description: 'SHA-256 of the CA certificate in DER' }),
  issued: unixMs,
  signature,
}

export interface AddressDeps {
  readonly addresses: AddressPort
  readonly limits: { readonly physicianKeys: number }
}

/** Where hospitals are reached: each statement is signed by the hospital that it is about. */
export function addressRoutes(app: App, { addresses, limits }: AddressDeps): void {
  const tags = ['public']
  app.get(
    '/v1/hospitals',
    {
      schema: {
        summary: 'Where the hospitals of the consortium are reached, by their own signed words',
        description:
          'Checked against the receipt key that the chain holds of each. A client takes the newest word of a hospital.',
        tags,
        response: { 200: z.array(z.object({ hospital: address, ...stated })), ...problems() },
      },
    },
    async () => addresses.all().map((one) => ({ ...one, signature: toHex(one.signature) })),
  )
  app.put(
    '/v1/hospitals/:hospital',
    {
      config: perAddress(limits.physicianKeys),
      schema: {
        summary: 'Tell where another hospital is reached',
        description: 'Taken from anyone, because it is signed by that hospital.',
        tags,
        params: z.object({ hospital: address }),
        body: z.strictObject(stated),
        response: { 204: z.undefined(), ...problems(...BODY, ...CHAIN, 'HOSPITAL_UNKNOWN') },
      },
    },
    async ({ params, body }, reply) => {
      await addresses.put({ ...body, hospital: params.hospital, signature: fromHex(body.signature) })
      return reply.code(204).send()
    },
  )
}
