import { type AlarmState, alarmFromCode, causeName } from '@hygeia/protocol/alarm/alarm'
import type { Address } from '@hygeia/protocol/ids'
import { type Score, scoreFromCode } from '@hygeia/protocol/news2/score'
import type { Occurrence } from './timeline.ts'

/** One alarm from its begin to its end, as the bedside told it. */
export interface Episode {
  readonly device: Address
  readonly cause: string
  /** The newest that was said of it. */
  readonly state: AlarmState
  /** ms since the Unix epoch. */
  readonly since: number
  readonly changedAt: number
  readonly endedAt: number | undefined
}

/** @param told - readings of the channel `alarm`, oldest first @returns newest first */
export function episodesOf(told: readonly Occurrence[]): readonly Episode[] {
  const running = new Map<string, Episode>()
  const ended: Episode[] = []
  for (const { device, at, value } of told) {
    const state = alarmFromCode(value)
    if (state === undefined) continue
    const cause = causeName(state.cause)
    const name = `${device} ${cause}`
    const before = running.get(name)
    if (state.priority !== undefined) {
      running.set(name, {
        device,
        cause,
        state,
        since: before?.since ?? at,
        changedAt: at,
        endedAt: undefined,
      })
    } else if (before !== undefined) {
      running.delete(name)
      ended.push({ ...before, changedAt: at, endedAt: at })
    }
  }
  return [...running.values(), ...ended].sort((one, other) => other.since - one.since)
}

/** A score, and when it was made. */
export interface TimedScore {
  readonly device: Address
  readonly at: number
  readonly score: Score
}

/** @param told - readings of the channel `news2`, oldest first @returns the newest that is one */
export function newestScore(told: readonly Occurrence[]): TimedScore | undefined {
  for (const { device, at, value } of told.toReversed()) {
    const score = scoreFromCode(value)
    if (score !== undefined) return { device, at, score }
  }
  return undefined
}
