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

/** Whose score is complete, whose is not and so has no band, and who has none. */
export interface Grouped {
  readonly complete: readonly PatientRow[]
  readonly incomplete: readonly PatientRow[]
  readonly none: readonly PatientRow[]
}

/**
 * In the order in which somebody is to look: the highest score first; of the same score whoever has three points in one
 * part, then whose readings are the oldest. An incomplete score is no lower than it says, and is not ranked among
 * complete ones.
 */
export function byScore(rows: readonly PatientRow[]): Grouped {
  const sorted = rows.toSorted(
    (one, other) =>
      pointsOf(other) - pointsOf(one) || threeOf(other) - threeOf(one) || newestOf(one) - newestOf(other),
  )
  return {
    complete: sorted.filter(({ score }) => score?.score.risk !== undefined),
    incomplete: sorted.filter(({ score }) => score !== undefined && score.score.risk === undefined),
    none: sorted.filter(({ score }) => score === undefined),
  }
}

/** Whose readings are the oldest first: silence is what nobody notices. */
export function byAge(rows: readonly PatientRow[]): readonly PatientRow[] {
  return rows.toSorted((one, other) => newestOf(one) - newestOf(other))
}

const pointsOf = ({ score }: PatientRow) => score?.score.atLeast ?? -1
const threeOf = ({ score }: PatientRow) => (score?.score.hasThree === true ? 1 : 0)
const newestOf = ({ newestAt }: PatientRow) => newestAt ?? 0
