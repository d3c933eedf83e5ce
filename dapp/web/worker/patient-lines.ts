import type { DeviceState, GrantState } from '@hygeia/dapp/hospital/answers'
import type { ErasedAt } from '@hygeia/dapp/patient/erase'
import type { AuditEvent } from '@hygeia/protocol/audit/entry'
import type { Category } from '@hygeia/protocol/channel'
import type { Address, Hex32 } from '@hygeia/protocol/ids'

/** What a permission is to allow. */
export interface Terms {
  readonly physician: Address
  readonly categories: readonly Category[]
  /** ms since the Unix epoch, half open. */
  readonly dataFrom: number
  readonly dataTo: number
  readonly accessTo: number
  /** For emergencies alone, and then for so long. */
  readonly emergencyMs?: number
  /** For somebody whom the patient knows, who need not be admitted by the hospitals. */
  readonly isForFamily: boolean
}

/** How a permission was divided among hospitals. */
export interface Dealt {
  readonly hash: Hex32
  /** So many must work together to open anything. */
  readonly threshold: number
  readonly of: number
  /** Hospitals that get their part at the next visit. */
  readonly undelivered: number
  readonly isForEmergencies: boolean
}

/** A hospital of the consortium. */
export interface HospitalLine {
  readonly hospital: Address
  /** Where it is reached; undefined for one that this browser never reached. */
  readonly host: string | undefined
  readonly isAway: boolean
}

/** A permission, as pages list it. */
export interface GrantLine {
  readonly hash: Hex32
  readonly physician: Address
  readonly categories: readonly Category[]
  readonly dataFrom: number
  readonly dataTo: number
  readonly accessTo: number
  readonly isForEmergencies: boolean
  readonly isForFamily: boolean
  readonly state: GrantState
}

/** What a hospital logged of one request. */
export interface AuditEntryLine {
  readonly hospital: Address
  /** Place in that hospital's log. */
  readonly index: number
  readonly at: number
  readonly event: AuditEvent
  readonly grant: Hex32
  readonly physician: Address
  /** How many were asked for. */
  readonly batches: number
  /** Why it was refused, or what the emergency is; empty otherwise. */
  readonly reason: string
  readonly proof: 'anchored' | 'pending' | 'false'
}

export interface OwnedDevice extends DeviceState {
  /** It is no device of its own: the patient's browsers, and what is typed there. */
  readonly isEnteredByHand: boolean
}

/** What hospitals deleted, and which of them did not say that they did. */
export interface Erased {
  readonly hospitals: readonly ErasedAt[]
  readonly untold: readonly Address[]
}

export interface Registration {
  readonly isRegistered: boolean
  readonly hospital: Address
  /** By how much this machine's clock is ahead of the hospital's, ms. */
  readonly clockAheadMs: number | undefined
}
