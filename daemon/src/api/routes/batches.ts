import { Readable } from 'node:stream'
import { cidOfDigest, digestOfCid, formatCid } from '@hygeia/protocol/sealed/cid'
import { PRIORITIES } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'
import { BODY, binary, DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import type { BatchPort, ReceiptPort, SessionPort, SignedIn } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { address, CBOR, cborBytes, cid, cidText, hex32, incarnation, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'
import { type AccessDeps, accessOf } from './access.ts'

const PAGE_LIMIT = 5_000
const BLOCKS_LIMIT = 2_000
const BLOCKS_BODY_BYTES = BLOCKS_LIMIT * 64 + 256
const LAST_MS = 253_402_300_799_999
const RECEIPT_LIMIT_BYTES = 4_096

const instant = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform((text) => Number(text) as UnixMs)
const query = z.strictObject({
  grant: hex32.optional().meta({ description: 'A grant to the account; its own batches when left out' }),
  from: instant.optional(),
  to: instant.optional(),
  cursor: z
    .string()
    .max(256)
    .regex(/^[A-Za-z0-9_-]*$/)
    .optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .transform(Number)
    .refine((limit) => limit <= PAGE_LIMIT)
    .optional(),
})
const batchSchema = z
  .object({
    cid: cidText,
    device: address,
    label: z.string(),
    incarnation,
    sequence: z.int(),
    from: unixMs,
    to: unixMs,
    isDated: z.boolean(),
    priority: z.enum(PRIORITIES),
    state: z.enum(['stored', 'anchored']),
  })
  .meta({ id: 'Batch' })

export interface BatchDeps extends AccessDeps {
  readonly batches: BatchPort
  readonly receipts: ReceiptPort
  readonly sessions: SessionPort
}

/** Sealed batches: what there is, the blocks themselves, and the receipts that prove them. */
export function batchRoutes(app: App, deps: BatchDeps): void {
  const { batches, receipts, sessions } = deps
  const tags = ['batches']
  const security = [{ session: [] }, { cookie: [] }]
  app.get(
    '/v1/receipts/:cid',
    {
      schema: {
        summary: 'The receipt of a batch',
        description: 'There is none until the batch is anchored and final.',
        tags: ['public'],
        params: z.object({ cid }),
        response: {
          200: binary(CBOR, cborBytes(RECEIPT_LIMIT_BYTES, 'Receipt'), 'The receipt'),
          ...problems('NOT_FOUND', ...DISK),
        },
      },
    },
    async ({ params }, reply) => {
      const receipt = await receipts.receipt(digestOfCid(params.cid))
      if (receipt === undefined) throw new ApiError('NOT_FOUND')
      return reply.type(CBOR).send(Buffer.from(receipt))
    },
  )
  app.get(
    '/v1/batches',
    {
      preParsing: requireSession(sessions),
      schema: {
        summary: 'What there is',
        description:
          'Batches by device, label and time, page by page; those wholly within the range are listed. A physician names a grant that stands, and is listed what that covers.',
        tags,
        security,
        querystring: query,
        response: {
          200: z.object({ batches: z.array(batchSchema), next: z.string().nullable() }),
          ...problems(
            ...SESSION,
            ...DISK,
            'GRANT_UNKNOWN',
            'GRANT_PENDING',
            'GRANT_REVOKED',
            'GRANT_EXPIRED',
            'GRANT_SEALED',
          ),
        },
      },
    },
    async (request) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const scope = await listingOf(sessionOf(request), request.query, deps)
      const page = await batches.list({ ...scope, ...(cursor === undefined ? {} : { cursor }), limit })
      return {
        batches: page.batches.map((batch) => ({ ...batch, cid: formatCid(cidOfDigest(batch.digest)) })),
        next: page.next ?? null,
      }
    },
  )
  app.post(
    '/v1/blocks',
    {
      preParsing: requireSession(sessions),
      bodyLimit: BLOCKS_BODY_BYTES,
      schema: {
        summary: 'Sealed batches',
        description: `Up to ${BLOCKS_LIMIT}, in the order asked for; null for what is not held, or not for this account.`,
        tags,
        security,
        body: z.strictObject({ cids: z.array(cid).min(1).max(BLOCKS_LIMIT) }),
        response: {
          200: binary(
            CBOR,
            cborBytes(Number.MAX_SAFE_INTEGER, 'Array of byte strings or null'),
            'The blocks',
          ),
          ...problems(...BODY, ...SESSION, ...DISK),
        },
      },
    },
    async (request, reply) => {
      const isAllowed = await accessOf(sessionOf(request), deps)
      const blocks = blocksOf(batches, request.body.cids.map(digestOfCid), isAllowed)
      return reply.type(CBOR).send(Readable.from(blocks))
    },
  )
}

/** Whose batches are listed, under which labels, of which time. */
async function listingOf(
  { account, roles }: SignedIn,
  { grant: hash, from = 0 as UnixMs, to = LAST_MS as UnixMs }: z.infer<typeof query>,
  { grants, devices }: AccessDeps,
) {
  if (hash === undefined) {
    if (!roles.has('patient')) throw new ApiError('NOT_YOURS')
    return { devices: devices.devicesOf(account), from, to }
  }
  const known = await grants.find(hash)
  const isParty = known?.grant.physician === account || known?.grant.patient === account
  if (known === undefined || !isParty) throw new ApiError('GRANT_UNKNOWN')
  if (known.standing === 'pending') throw new ApiError('GRANT_PENDING')
  if (known.standing === 'revoked') throw new ApiError('GRANT_REVOKED')
  if (known.standing === 'expired') throw new ApiError('GRANT_EXPIRED')
  if (known.standing === 'sealed') throw new ApiError('GRANT_SEALED')
  const { patient, labels, dataFrom, dataTo } = known.grant
  return {
    devices: devices.devicesOf(patient),
    labels: labels.map(({ label }) => label),
    from: Math.max(from, dataFrom) as UnixMs,
    to: Math.min(to, dataTo) as UnixMs,
  }
}

/** Blocks read together: 4 MiB at the very most. */
const AT_ONCE = 64
const NULL = Uint8Array.of(0xf6)

/** One CBOR array, made as it is sent: two thousand blocks are never in memory together. */
async function* blocksOf(
  batches: BatchPort,
  digests: readonly Uint8Array[],
  isAllowed: Awaited<ReturnType<typeof accessOf>>,
): AsyncGenerator<Uint8Array> {
  yield head(4, digests.length)
  for (let start = 0; start < digests.length; start += AT_ONCE) {
    const some = digests.slice(start, start + AT_ONCE)
    const [found, blocks] = await Promise.all([batches.findMany(some), batches.blocks(some)])
    yield Buffer.concat(
      blocks.flatMap((block, index) => {
        const batch = found[index]
        const isGiven = block !== undefined && batch !== undefined && isAllowed(batch)
        return isGiven ? [head(2, block.length), block] : [NULL]
      }),
    )
  }
}

/** Head of a CBOR item in its shortest form. @see RFC 8949 §3.1 */
function head(major: number, count: number): Uint8Array {
  const type = major << 5
  if (count < 24) return Uint8Array.of(type | count)
  if (count < 0x100) return Uint8Array.of(type | 24, count)
  if (count < 0x1_0000) return Uint8Array.of(type | 25, count >> 8, count & 0xff)
  const bytes = new Uint8Array(5)
  bytes[0] = type | 26
  new DataView(bytes.buffer).setUint32(1, count)
  return bytes
}
