import type { Category } from '@hygeia/protocol/channel'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { TimedScore } from '../../readings/alarms.ts'
import type { PlacedLatest } from '../readings-desk.ts'
import type { Complaint } from '../wire.ts'
import type { WatchedAlarm } from './silences.ts'

/** One patient of a list. */
export interface PatientRow {
  readonly patient: Address
  /** Given by the physician, kept in this browser only. */
  readonly name: string | undefined
  readonly categories: readonly Category[]
  /** Until when access lasts, ms since the Unix epoch. */
  readonly accessTo: number
  /** Of which time, ms; half open. */
  readonly dataFrom: number
  readonly dataTo: number
  /** Until when an emergency that was opened stays open, ms. */
  readonly emergencyTo: number | undefined
  readonly latest: readonly PlacedLatest[]
  readonly score: TimedScore | undefined
  /** Of the last day, newest first. */
  readonly alarms: readonly WatchedAlarm[]
  /** Of the newest reading, ms. */
  readonly newestAt: number | undefined
  readonly trouble: Complaint | undefined
}

/** A grant for emergencies that is not open. */
export interface SealedRow {
  readonly hash: Hex32
  readonly patient: Address
  readonly name: string | undefined
  readonly categories: readonly Category[]
  readonly accessTo: number
  /** How long it stays open once it is opened, ms. */
  readonly lastsMs: number
}
