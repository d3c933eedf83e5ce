import { reasonHash, type SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { ReencryptionRequest } from '@hygeia/protocol/request/request'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import type { ReencryptFault } from './errors.ts'

/** A batch that was asked for, as it was verified when it came; never what the request says of it. */
export interface HeldBatch {
  readonly device: Address
  readonly label: Label
  readonly from: UnixMs
  readonly to: UnixMs
}

/** What is known of a grant. */
export interface HeldGrant {
  readonly hash: Hex32
  readonly grant: Grant
  readonly standing: 'pending' | 'active' | 'sealed' | 'revoked' | 'expired'
  /** Why a grant for emergencies is open, as the chain has it. */
  readonly openedFor?: Hex32
}

/** Longest that a request may live: nonces are kept as long. */
export const REQUEST_LIFE_MS = HOUR_MS

/** The request alone, cheapest first. @returns undefined when there is nothing to object to */
export function judgeRequest(
  { proxies, expires }: ReencryptionRequest,
  hospital: Address,
  now: UnixMs,
): ReencryptFault | undefined {
  if (!proxies.includes(hospital)) return { code: 'REQUEST_FOR_OTHERS' }
  if (expires <= now || expires > now + REQUEST_LIFE_MS) {
    return { code: 'REQUEST_EXPIRED', limitMs: REQUEST_LIFE_MS }
  }
  return undefined
}

/** What this proxy knows of the grant itself. @param now - time of the newest block */
export function judgeGrant(
  held: HeldGrant | undefined,
  physician: Address,
  now: UnixMs,
): ReencryptFault | undefined {
  // The same word for both: that a grant exists is nobody's business but its physician's.
  if (held === undefined || held.grant.physician !== physician) return { code: 'GRANT_UNKNOWN' }
  if (held.standing === 'revoked') return { code: 'GRANT_REVOKED' }
  if (held.standing === 'expired' || held.grant.accessTo <= now) return { code: 'GRANT_EXPIRED' }
  if (held.grant.accessFrom > now) return { code: 'GRANT_NOT_YET' }
  if (held.standing === 'sealed') return { code: 'GRANT_SEALED' }
  return undefined
}

/** A grant for emergencies is used with the physician's own word for why, which must be what it was opened for. */
export function judgeEmergency(
  { grant, openedFor }: HeldGrant,
  { physician, grant: hash }: ReencryptionRequest,
  glass: SignedBreakGlass | undefined,
  isSigned: (glass: SignedBreakGlass) => boolean,
): ReencryptFault | undefined {
  if (grant.emergencyMs === undefined) return undefined
  const isMeant =
    glass !== undefined &&
    glass.physician === physician &&
    glass.grant === hash &&
    reasonHash(glass) === openedFor &&
    isSigned(glass)
  return isMeant ? undefined : { code: 'GRANT_SEALED' }
}

/**
 * One batch.
 *
 * @param isPatients - whether its device is bound to the patient of the grant
 */
export function judgeBatch(
  batch: HeldBatch | undefined,
  { dataFrom, dataTo }: Grant,
  labels: ReadonlySet<Label>,
  isPatients: (device: Address) => boolean,
): ReencryptFault | undefined {
  if (batch === undefined || !isPatients(batch.device)) return { code: 'BATCH_UNKNOWN' }
  const { label, from, to } = batch
  if (!labels.has(label) || from < dataFrom || to > dataTo) return { code: 'OUTSIDE_GRANT' }
  return undefined
}
