import { z } from 'zod'
import { binary, problems } from '../documents.ts'
import { perAddress } from '../limits.ts'
import type { RealmDocument } from '../ports.ts'
import { address, hex32, umbralKey } from '../schemas.ts'
import type { App } from '../server.ts'

const realmSchema = z
  .object({
    chainId: z.int(),
    directory: address,
    genesis: hex32,
    consent: address,
    anchor: address,
    hospital: address,
    receiptKey: address,
    proxyKey: umbralKey,
    caHash: hex32,
    mqtt: z.string(),
    coap: z.string(),
    periodSec: z.number(),
    epoch: z.int().min(1).optional(),
    engine: z.string(),
    singleSigner: z.boolean(),
  })
  .meta({ id: 'Realm' })

export interface RealmDeps {
  readonly realm: () => RealmDocument
  /** PEM. */
  readonly ca: string
  /** Issues the single-use nonces that devices log in with. */
  readonly deviceNonces: { issue(): string }
  readonly limits: { readonly nonces: number }
}

/** What everyone may know of this hospital. */
export function realmRoutes(app: App, { realm, ca, deviceNonces, limits }: RealmDeps): void {
  app.get(
    '/v1/realm',
    {
      schema: {
        summary: 'This hospital and its chain',
        description:
          'Everything that a client has to know before it can sign, seal or ask for anything here: contracts, keys and doors. Nothing in it is secret.',
        tags: ['public'],
        response: { 200: realmSchema, ...problems() },
      },
    },
    async () => realm(),
  )
  app.get(
    '/v1/ca.pem',
    {
      schema: {
        summary: 'Certificate of the CA that devices pin',
        description:
          'PEM. Devices and the command line trust this and nothing else; its hash is in the realm.',
        tags: ['public'],
        response: { 200: binary('application/x-pem-file', z.string(), 'PEM'), ...problems() },
      },
    },
    async (_request, reply) => reply.type('application/x-pem-file').send(ca),
  )
  app.get(
    '/v1/device-nonce',
    {
      config: perAddress(limits.nonces),
      schema: {
        summary: 'A nonce for a log-in to the broker',
        description: 'Single-use, good for a minute.',
        tags: ['devices'],
        response: { 200: z.object({ nonce: z.string() }), ...problems() },
      },
    },
    async () => ({ nonce: deviceNonces.issue() }),
  )
}
