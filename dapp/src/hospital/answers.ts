import { PRIORITIES } from '@hygeia/protocol/sealed/header'
import { z } from 'zod'
import { address, hex, hex32, hexOfBytes, unixMs } from '../schema.ts'

const decimalOrInt = z.int().min(0)
/** Where the next page begins; whatever the hospital likes. */
const cursor = z
  .union([z.string().max(1_024), z.number()])
  .nullish()
  .transform((value) => (value == null ? undefined : String(value)))
const cid = z.string().regex(/^bafy[a-z2-7]{20,80}$/, 'not a CID')

/** `GET /v1/realm`: what everyone may know of a hospital and its chain. */
export const RealmAnswer = z.looseObject({
  chainId: z.int().min(1),
  directory: address,
  genesis: hex32,
  consent: address,
  anchor: address,
  /** Operator account. */
  hospital: address,
  /** Address of the key that signs receipts. */
  receiptKey: address,
  /** Umbral public key that kfrags are encrypted to. */
  proxyKey: hexOfBytes(33),
  /** SHA-256 of the CA certificate in DER. */
  caHash: hex32,
  periodSec: z.number().positive(),
  /** Blocks from one list of signers to the next, where headers list them. */
  epoch: z.int().min(1).optional(),
  engine: z.string().optional(),
  singleSigner: z.boolean().optional(),
})
export type RealmAnswer = z.infer<typeof RealmAnswer>

/** Where hospitals are reached, by their own signed words. */
export const HospitalsAnswer = z
  .array(
    z.looseObject({
      hospital: address,
      api: z.url({ protocol: /^https$/ }).max(256),
      caHash: hex32,
      issued: unixMs,
      signature: hexOfBytes(64),
    }),
  )
  .max(64)
export type StatedAddress = z.infer<typeof HospitalsAnswer>[number]

/** Key that a browser subscribes to Web Push with. @see RFC 8292 */
export const PushKeyAnswer = z.looseObject({ key: z.string().regex(/^[A-Za-z0-9_-]{80,100}$/) })

/** What became of a relayed statement, once final. */
export const RelayAnswer = z.looseObject({ transaction: hex32, blockNumber: decimalOrInt })
export type RelayAnswer = z.infer<typeof RelayAnswer>

export const PhysicianKeyAnswer = z.looseObject({ receivingKey: hexOfBytes(33), signature: hexOfBytes(64) })

export const NonceAnswer = z.looseObject({ nonce: z.string().min(8).max(128) })
export const SessionAnswer = z.looseObject({
  token: z.string().min(16).max(4_096),
  /** ms since the Unix epoch, or ISO 8601. */
  expires: z.union([z.number(), z.iso.datetime().transform((text) => Date.parse(text))]),
})

export const DevicesAnswer = z.array(
  z.looseObject({
    device: address,
    status: z.string().max(32),
    lastSeen: unixMs.nullish(),
    headSequence: z.int().min(0).nullish(),
    spoolBytes: z.int().min(0).nullish(),
    labelSerial: z.int().min(0).nullish(),
    /** How the device is, by its own signed word. */
    standing: z
      .looseObject({
        version: z.string().max(32),
        spoolHours: z.int().min(0),
        sensors: z.int().min(0),
        sensorsAway: z.int().min(0),
        labelKeyDays: z.int().min(0),
      })
      .nullish(),
  }),
)
export type DeviceState = z.infer<typeof DevicesAnswer>[number]

/** What a hospital deleted. */
export const ErasureAnswer = z.object({
  batches: decimalOrInt,
  /** Batches that are not anchored for good yet: to be asked for again. */
  waiting: decimalOrInt,
  /** Manifests that were replaced. */
  manifests: decimalOrInt,
  /** Grants whose fragments are gone. */
  grants: decimalOrInt,
})
export type ErasureAnswer = z.infer<typeof ErasureAnswer>

/** Another hospital's word that a grant for emergencies should be opened. */
export const WitnessAnswer = z.looseObject({
  message: z.strictObject({
    patient: address,
    grant: hex32,
    reason: hex32,
    hospital: address,
    nonce: z.string().regex(/^\d{1,78}$/),
    deadline: z.int().min(0),
  }),
  witness: address,
  signature: hexOfBytes(64),
})
export type WitnessAnswer = z.infer<typeof WitnessAnswer>

/** `sealed`: for emergencies, and not opened, or no longer. */
export const GRANT_STATES = ['active', 'sealed', 'revoked', 'expired', 'pending'] as const
export const GrantsAnswer = z.array(z.looseObject({ hash: hex32, grant: hex, state: z.enum(GRANT_STATES) }))
export type GrantState = (typeof GRANT_STATES)[number]

export const ListedBatch = z.looseObject({
  cid,
  device: address,
  label: z.string().max(64),
  incarnation: hexOfBytes(8),
  sequence: z.int().min(0),
  from: unixMs,
  to: unixMs,
  isDated: z.boolean(),
  priority: z.union([
    z.enum(PRIORITIES),
    z
      .int()
      .min(0)
      .max(PRIORITIES.length - 1),
  ]),
  state: z.enum(['stored', 'anchored', 'quarantined']),
})
export type ListedBatch = z.infer<typeof ListedBatch>

export const BatchesAnswer = z.looseObject({ batches: z.array(ListedBatch), next: cursor })

/** What is told in `/v1/events`, by the name of the event. */
export const EventData = {
  hello: z.looseObject({ now: unixMs, isResumed: z.boolean() }),
  batch: ListedBatch,
  anchored: z.looseObject({ cids: z.array(cid), block: decimalOrInt }),
  grant: z.looseObject({ hash: hex32, standing: z.string().max(32) }),
  audit: z.looseObject({}),
}

export const ReencryptionAnswer = z.looseObject({
  entry: hex,
  entrySignature: hexOfBytes(64),
  cfrags: z.array(z.looseObject({ capsule: hexOfBytes(105), cfrag: hex })),
  /** Batches that this hospital does not hold, or not yet. */
  missing: z.array(cid).default([]),
})
export type ReencryptionAnswer = z.infer<typeof ReencryptionAnswer>

export const AuditAnchor = z.looseObject({
  root: hex32,
  proof: z.array(hexOfBytes(32)).max(13),
  count: z.int().min(1),
  blockNumber: decimalOrInt,
  transaction: hex32,
})
export const AuditAnswer = z.looseObject({
  entries: z.array(z.looseObject({ entry: hex, signature: hexOfBytes(64), anchor: AuditAnchor.nullish() })),
  next: cursor,
})
export type AuditLine = z.infer<typeof AuditAnswer>['entries'][number]

export const RpcAnswer = z.looseObject({
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
})
