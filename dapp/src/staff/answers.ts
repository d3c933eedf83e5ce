import { z } from 'zod'
import { address, hex32, unixMs } from '../schema.ts'

// Fields that are not listed here are dropped: whatever a hospital says, a page of its staff knows no more than this.

const count = z.int().min(0)
const word = z.string().max(256)
/** Name of a device at this hospital alone. */
const deviceName = z.string().regex(/^[0-9a-f]{16}$/, 'not the name of a device')
const LIST_LIMIT = 10_000
const list = <S extends z.ZodType>(shape: S) => z.array(shape).max(LIST_LIMIT)

export const StaffSession = z.object({ account: address, roles: list(word), expires: unixMs })

export const ValidatorView = z.object({
  engine: word,
  chainId: count,
  /** Seconds. */
  periodSec: z.number().positive(),
  head: count,
  final: count,
  headAgeMs: count,
  isStalled: z.boolean(),
  validators: list(z.object({ address, sealed: count.optional() })),
  /** How many blocks `sealed` counts. */
  blocks: count,
  /** What this hospital votes for with every block. */
  proposals: list(z.object({ address, admit: z.boolean() })),
})
export type ValidatorView = z.output<typeof ValidatorView>

export const IpfsView = z.object({
  node: word,
  batches: z.object({ taken: count, anchored: count, waiting: count }),
  replicas: count,
  objects: count,
  lagBlocks: count,
  wanted: count,
  underReplicated: count,
  faulty: list(z.object({ hospital: address, root: hex32, fault: word })),
  disk: z.object({ freeBytes: z.number().min(0), isUp: z.boolean(), isRefusing: z.boolean() }),
})
export type IpfsView = z.output<typeof IpfsView>

/** What came since the moment before. */
const IngestMoment = z.object({ at: unixMs, taken: count, refused: count })
export type IngestMoment = z.output<typeof IngestMoment>

export const IngestView = z.object({
  perMinute: z.number().min(0),
  /** Oldest first; the first says only when counting began. */
  history: list(IngestMoment),
  outcomes: list(z.object({ door: word, outcome: word, count })),
  refusals: list(z.object({ door: word, reason: word, count })),
  incidents: list(
    z.object({
      door: word,
      reason: word,
      device: deviceName.nullable(),
      hospital: address.nullable(),
      first: unixMs,
      last: unixMs,
      count,
    }),
  ),
  quarantined: count,
  forkedDevices: list(deviceName),
})
export type IngestView = z.output<typeof IngestView>

export const DeviceView = z.object({
  device: deviceName,
  lastSeen: unixMs.nullable(),
  spoolHours: count.nullable(),
  version: word.nullable(),
  sensors: count.nullable(),
  sensorsAway: count.nullable(),
  labelKeyDays: count.nullable(),
})
export type DeviceView = z.output<typeof DeviceView>
export const DevicesPage = z.object({ devices: list(DeviceView), next: deviceName.nullable() })

export const HospitalView = z.object({
  operator: address,
  status: z.enum(['unknown', 'active', 'suspended']),
  api: word.nullable(),
  isOwn: z.boolean(),
  isAnswering: z.boolean(),
})
export type HospitalView = z.output<typeof HospitalView>
export const HospitalsView = z.object({ hospitals: list(HospitalView) })

export const CertificateView = z.object({
  role: z.enum(['devices', 'authority', 'browsers']),
  names: list(word),
  notAfter: unixMs,
  /** Whole days left; negative once it has ended. */
  days: z.int(),
})
export type CertificateView = z.output<typeof CertificateView>
export const CertificatesView = z.object({ certificates: list(CertificateView) })

export const PhysicianView = z.object({
  address,
  status: z.enum(['registered', 'active', 'suspended']),
  /** Of the key, as the physician reads it out; null while it is unknown here. */
  fingerprint: word.nullable(),
})
export type PhysicianView = z.output<typeof PhysicianView>
export const PhysiciansView = z.object({ physicians: list(PhysicianView) })

export const LogEntry = z.object({
  index: z.int().min(1),
  at: unixMs,
  by: word,
  act: word,
  about: word,
  subject: word,
})
export type LogEntry = z.output<typeof LogEntry>
export const LogPage = z.object({ entries: list(LogEntry), next: z.int().min(1).nullable() })

export const ACTS_ON_ACCOUNTS = [
  'admit-physician',
  'suspend-physician',
  'suspend-hospital',
  'admit-validator',
  'remove-validator',
  'discard-validator-vote',
] as const
export type ActOnAccount = (typeof ACTS_ON_ACCOUNTS)[number]

export const Proposal = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/, 'not the name of a proposal'),
  act: z.enum([...ACTS_ON_ACCOUNTS, 'admit-hospital']),
  subject: address,
  /** Where a hospital says that it is reached. */
  api: word.optional(),
  reason: z.string().max(500),
  proposer: address,
  at: unixMs,
  expires: unixMs,
  state: z.enum(['open', 'approved', 'carried-out', 'failed', 'rejected', 'expired', 'interrupted']),
  decided: z.object({ by: address, at: unixMs }).optional(),
  outcome: z.object({ votes: count, majority: count, isCarried: z.boolean() }).optional(),
  /** Code of why it was not done. */
  fault: word.optional(),
})
export type Proposal = z.output<typeof Proposal>
export const ProposalsView = z.object({ proposals: list(Proposal) })
