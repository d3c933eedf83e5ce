import { z } from 'zod'
import { address, hex32, unixMs, unixSeconds } from '../schemas.ts'

const count = z.int().min(0)
/** Name of a device at this hospital: a keyed hash, which means nothing elsewhere. */
export const deviceName = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ description: 'Name of a device at this hospital alone: a keyed hash of its account' })

export const validatorShape = z.object({
  engine: z.string(),
  chainId: count,
  periodSec: z.number(),
  head: count.meta({ description: 'Newest block' }),
  final: count.meta({ description: 'Newest block that no rule can take back' }),
  headTime: unixSeconds,
  headAgeMs: count.meta({ description: 'Since the newest block became visible here' }),
  isStalled: z.boolean().meta({ description: 'No block for several periods' }),
  validators: z.array(z.object({ address, sealed: count.optional() })),
  blocks: count.meta({ description: 'How many blocks `sealed` counts' }),
  proposals: z
    .array(z.object({ address, admit: z.boolean() }))
    .meta({ description: 'What this hospital votes for with every block' }),
})

export const ipfsShape = z.object({
  node: z.string(),
  batches: z.object({ taken: count, anchored: count, waiting: count }),
  replicas: count.meta({ description: 'Batches of other hospitals that are kept here' }),
  objects: count.meta({ description: 'Batches that are kept here, own and replicas' }),
  lagBlocks: count.meta({ description: 'Final blocks whose anchors are not all held here' }),
  wanted: count.meta({ description: 'Manifests that are to be fetched' }),
  underReplicated: count.meta({ description: 'Copies that their holders have not proven to hold yet' }),
  faulty: z.array(z.object({ hospital: address, root: hex32, fault: z.string() })),
  disk: z.object({ freeBytes: z.number(), isUp: z.boolean(), isRefusing: z.boolean() }),
})

export const ingestShape = z.object({
  perMinute: z.number().meta({ description: 'Batches, over the last five minutes' }),
  history: z
    .array(z.object({ at: unixMs, taken: count, refused: count }))
    .meta({ description: 'Of the last two hours, oldest first: what came since the moment before' }),
  outcomes: z.array(z.object({ door: z.string(), outcome: z.string(), count })),
  refusals: z.array(z.object({ door: z.string(), reason: z.string(), count })),
  incidents: z
    .array(
      z.object({
        door: z.string(),
        reason: z.string(),
        device: deviceName.nullable(),
        hospital: address
          .nullable()
          .meta({ description: 'Operator of the hospital that has to answer for it' }),
        first: unixMs,
        last: unixMs,
        count,
      }),
    )
    .meta({ description: 'Newest first' }),
  quarantined: count.meta({ description: 'Batches kept as evidence, since they contradict an earlier one' }),
  forkedDevices: z.array(deviceName),
})

export const devicesShape = z.object({
  devices: z.array(
    z.object({
      device: deviceName,
      lastSeen: unixMs.nullable(),
      spoolBytes: count.nullable(),
      spoolHours: count.nullable().meta({ description: 'Until its spool is full, by its own signed word' }),
      version: z.string().nullable(),
      sensors: count.nullable(),
      sensorsAway: count.nullable(),
      labelKeyDays: count.nullable(),
    }),
  ),
  next: deviceName.nullable(),
})

export const proxiesShape = z.object({
  hospitals: z.array(
    z.object({
      operator: address,
      status: z.enum(['unknown', 'active', 'suspended']),
      api: z.string().nullable(),
      isOwn: z.boolean(),
      isAnswering: z.boolean(),
    }),
  ),
})

export const certificatesShape = z.object({
  certificates: z.array(
    z.object({
      role: z.enum(['devices', 'authority', 'browsers']),
      names: z.array(z.string()),
      notAfter: unixMs,
      days: z.int().meta({ description: 'Whole days left; negative once it has ended' }),
    }),
  ),
})

export const physiciansShape = z.object({
  physicians: z.array(
    z.object({
      address,
      status: z.enum(['registered', 'active', 'suspended']),
      keyDigest: hex32.meta({ description: 'keccak256 of the Umbral key, as the chain has it' }),
      fingerprint: z.string().nullable().meta({
        description:
          'Of the key, to be compared with what the physician reads out; null while it is unknown here',
      }),
    }),
  ),
})

export const logShape = z.object({
  entries: z
    .array(
      z.object({
        index: z.int().min(1),
        at: unixMs,
        by: z.string().meta({ description: 'Account; command-line for who holds the operator’s token' }),
        act: z.string(),
        about: z.string(),
        subject: z.string(),
        previous: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .meta({ description: 'SHA-256 of the entry before' }),
      }),
    )
    .meta({ description: 'Newest first' }),
  next: z.int().nullable(),
})
