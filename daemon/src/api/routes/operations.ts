import { z } from 'zod'
import { DISK, problems } from '../documents.ts'
import { perAccount } from '../limits.ts'
import { requireStaff, type StaffDeps } from '../operations/guard.ts'
import type { OperationsPort } from '../operations/port.ts'
import {
  certificatesShape,
  deviceName,
  devicesShape,
  ingestShape,
  ipfsShape,
  logShape,
  physiciansShape,
  proxiesShape,
  validatorShape,
} from '../operations/shapes.ts'
import type { App } from '../server.ts'

export interface OperationsDeps extends StaffDeps {
  readonly operations: OperationsPort
  readonly limits: { readonly staff: number }
}

const PAGE = 200
export const STAFF = ['SIGNED_OUT', 'CROSS_ORIGIN', 'STAFF_ONLY'] as const
export const STAFF_SECURITY = [{ session: [] }, { cookie: [] }]

/** How the hospital is, for its staff. Nobody's readings, and no patient's account, are in any of it. */
export function operationsRoutes(app: App, deps: OperationsDeps): void {
  const { operations, limits } = deps
  const guarded = { preParsing: [requireStaff(deps), perAccount(app, limits.staff)] }
  const shared = { tags: ['operations'], security: STAFF_SECURITY }
  const plain = [
    [
      'validator',
      'How the chain goes, who seals, and what this hospital votes for',
      'Head, period and age of the chain, its validators, and this hospital’s votes on them.',
      validatorShape,
      () => operations.validator(),
    ],
    [
      'ipfs',
      'What is kept, what lags behind, and the disk',
      'Batches and replicas that are kept, blocks of lag, copies that nobody has proven yet, and hospitals that did not keep their word.',
      ipfsShape,
      () => operations.ipfs(),
    ],
    [
      'ingest',
      'What arrives, what is refused and why, and what contradicts itself',
      'Counts since the start by door and reason, the newest refusals, and devices that signed two histories.',
      ingestShape,
      () => operations.ingest(),
    ],
    [
      'proxies',
      'The hospitals of the consortium, and whether each answers',
      'Who is in the consortium, where each is reached, and whether it answers at present.',
      proxiesShape,
      () => operations.proxies(),
    ],
    [
      'certificates',
      'When each certificate ends',
      'Of the doors for devices and for browsers, and of the authority that devices pin.',
      certificatesShape,
      () => operations.certificates(),
    ],
    [
      'physicians',
      'Who is registered, admitted and suspended',
      'Whoever registered with this consortium; the fingerprint is compared with what the physician reads out before anybody admits them.',
      physiciansShape,
      () => operations.physicians(),
    ],
  ] as const
  for (const [name, summary, description, shape, read] of plain) {
    app.get(
      `/v1/ops/${name}`,
      {
        ...guarded,
        schema: {
          ...shared,
          summary,
          description,
          response: { 200: shape as z.ZodType, ...problems(...STAFF, ...DISK, 'CHAIN_DOWN') },
        },
      },
      async () => await read(),
    )
  }
  app.get(
    '/v1/ops/devices',
    {
      ...guarded,
      schema: {
        ...shared,
        summary: 'How each device is, under a name of this hospital alone',
        description:
          'Last seen, spool, version and sensors, by the device’s own signed word. Sorted by name, page by page.',
        querystring: z.strictObject({ after: deviceName.optional() }),
        response: { 200: devicesShape, ...problems(...STAFF, ...DISK) },
      },
    },
    async ({ query }) => await operations.devices(query.after, PAGE),
  )
  app.get(
    '/v1/ops/log',
    {
      ...guarded,
      schema: {
        ...shared,
        summary: 'What the staff did',
        description:
          'Newest first, page by page: proposals, approvals and what came of them, votes of the command line, and changes of the staff. Each entry names the digest of the one before.',
        querystring: z.strictObject({
          before: z
            .string()
            .regex(/^[1-9]\d{0,14}$/)
            .transform(Number)
            .optional(),
        }),
        response: { 200: logShape, ...problems(...STAFF, ...DISK) },
      },
    },
    async ({ query }) => await operations.log(query.before, PAGE),
  )
}
