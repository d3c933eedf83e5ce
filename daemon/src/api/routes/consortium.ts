import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import { z } from 'zod'
import { BODY, DISK, problems } from '../documents.ts'
import { perAddress } from '../limits.ts'
import { address, cid, hex32, hexText } from '../schemas.ts'
import type { App } from '../server.ts'

/** A manifest, by the root that it is of and the operator of the hospital that anchored it. */
export interface ManifestName {
  readonly root: Hex32
  readonly origin: Address
}

/** What hospitals ask each other; nothing in it is secret or names a person. */
export interface ConsortiumPort {
  self(): { readonly hospital: Address; readonly ipfs: readonly string[] }
  answer(
    nonce: Hex32,
    manifests: readonly ManifestName[],
  ): Promise<
    readonly (ManifestName & {
      readonly holding: { readonly statement: Uint8Array; readonly proof: Uint8Array } | undefined
      readonly anchor: Uint8Array | undefined
      readonly replacement: Uint8Array | undefined
      readonly isLost: boolean
    })[]
  >
  /** Encoded holding statements on the manifest that a batch is in. */
  holdingsOf(digest: Uint8Array): Promise<readonly Uint8Array[]>
}

export interface ConsortiumDeps {
  readonly consortium: ConsortiumPort
  readonly limits: { readonly consortium: number }
}

const MANIFESTS_LIMIT = 64
const BODY_LIMIT_BYTES = 16 * 1024

const named = { root: hex32, origin: address }

/** The doors between hospitals, and the statements that stand beside a receipt. */
export function consortiumRoutes(app: App, { consortium, limits }: ConsortiumDeps): void {
  const tags = ['consortium']
  app.get(
    '/v1/consortium',
    {
      config: perAddress(limits.consortium),
      schema: {
        summary: 'Where this hospital is reached in the private swarm',
        description:
          'Its operator account, and the multiaddresses of its IPFS node; empty while the node keeps to itself.',
        tags,
        response: {
          200: z.object({ hospital: address, ipfs: z.array(z.string()) }),
          ...problems(),
        },
      },
    },
    async () => {
      const { hospital, ipfs } = consortium.self()
      return { hospital, ipfs: [...ipfs] }
    },
  )
  app.post(
    '/v1/consortium/holdings',
    {
      config: perAddress(limits.consortium),
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'What this hospital holds of what was anchored',
        description:
          'For each manifest that is held, named by its root and by the hospital that anchored it: the signed statement, and SHA-256 over the nonce and the batch that the nonce chooses. Of each in which something was erased: SHA-256 of the manifest that stands in its place. And whether it is lost, as the hospital that anchored it says.',
        tags,
        body: z.strictObject({
          nonce: hex32,
          manifests: z.array(z.strictObject(named)).min(1).max(MANIFESTS_LIMIT),
        }),
        response: {
          200: z.object({
            answers: z.array(
              z.object({
                ...named,
                holding: z
                  .object({ statement: hexText('Holding statement, canonical DAG-CBOR'), proof: hex32 })
                  .nullable(),
                anchor: hexText('Signed anchor, when this hospital anchored it').nullable(),
                replacement: hex32.optional(),
                lost: z.literal(true).optional(),
              }),
            ),
          }),
          ...problems(...BODY, ...DISK),
        },
      },
    },
    async ({ body }) => ({
      answers: (await consortium.answer(body.nonce, body.manifests)).map(
        ({ root, origin, holding, anchor, replacement, isLost }) => ({
          root,
          origin,
          holding:
            holding === undefined
              ? null
              : { statement: toHex(holding.statement), proof: toHex(holding.proof) as string as Hex32 },
          anchor: anchor === undefined ? null : toHex(anchor),
          ...(replacement && { replacement: toHex(replacement) as string as Hex32 }),
          ...(isLost && { lost: true as const }),
        }),
      ),
    }),
  )
  app.get(
    '/v1/receipts/:cid/holdings',
    {
      schema: {
        summary: 'Which hospitals say to hold a batch',
        description: 'One signed statement of each, on the manifest that the batch is in.',
        tags: ['public'],
        params: z.object({ cid }),
        response: {
          200: z.object({ holdings: z.array(hexText('Holding statement, canonical DAG-CBOR')) }),
          ...problems(...DISK),
        },
      },
    },
    async ({ params }) => {
      const holdings = await consortium.holdingsOf(digestOfCid(params.cid))
      return { holdings: holdings.map(toHex) }
    },
  )
}
