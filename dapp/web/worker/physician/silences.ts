import { ALARM_PRIORITIES, type AlarmPriority } from '@hygeia/protocol/alarm/alarm'
import type { Address } from '@hygeia/protocol/ids'
import { MINUTE_MS } from '@hygeia/protocol/units'
import type { Episode } from '../../readings/alarms.ts'

/** How long acknowledging silences an episode, as at the bedside; and the most that a bedside may be set to. */
export const ACKNOWLEDGED_MS = 2 * MINUTE_MS
export const SNOOZED_MS = 10 * MINUTE_MS

/** An alarm as this screen has it. */
export interface WatchedAlarm extends Episode {
  readonly patient: Address
  /** Until when it is silent on this screen, ms since the Unix epoch. */
  readonly silentUntil: number | undefined
}

/** Of one episode; what remembers it keeps this. */
export interface Silence {
  /** ms since the Unix epoch. */
  readonly until: number
  readonly priority: AlarmPriority
  /** Whether it is, or was meanwhile, acknowledged at the bedside too. */
  readonly wasAcknowledgedThere: boolean
}

/**
 * Alarms that were acknowledged on this screen, under the rules of the bedside: one episode, for a limited time. What
 * escalates, sounds anew at the bedside, comes back after it was over, or outlasts its silence, is raised again.
 */
export class Silences {
  readonly #held: Map<string, Silence>

  /** @param held - by episode, as they are now and will be: whoever gives them keeps them over a reload */
  constructor(held = new Map<string, Silence>()) {
    this.#held = held
  }

  /** @param forMs - at most what a bedside may be set to */
  silence(patient: Address, episode: Episode, now: number, forMs: number): void {
    const { priority, isAcknowledged } = episode.state
    if (priority === undefined) return
    for (const [name, held] of this.#held) if (!holds(held, now)) this.#held.delete(name)
    const until = now + Math.min(forMs, SNOOZED_MS)
    this.#held.set(nameOf(patient, episode), { until, priority, wasAcknowledgedThere: isAcknowledged })
  }

  /** @returns until when an alarm that is on is silent here, ms; undefined when it is raised */
  silentUntil(patient: Address, episode: Episode, now: number): number | undefined {
    const name = nameOf(patient, episode)
    const held = this.#held.get(name)
    if (held === undefined) return undefined
    const { priority, isAcknowledged } = episode.state
    const isGraver = priority !== undefined && rank(priority) > rank(held.priority)
    const soundsAnew = held.wasAcknowledgedThere && !isAcknowledged
    if (isAcknowledged && !held.wasAcknowledgedThere) {
      this.#held.set(name, { ...held, wasAcknowledgedThere: true })
    }
    if (holds(held, now) && !isGraver && !soundsAnew) return held.until
    this.#held.delete(name)
    return undefined
  }
}

/** A clock that was set back makes no silence longer than a bedside may be set to. */
const holds = ({ until }: Silence, now: number) => now < until && until - now <= SNOOZED_MS
const rank = (priority: AlarmPriority) => ALARM_PRIORITIES.indexOf(priority)
/** One that comes back is another episode: it begins at another time. */
const nameOf = (patient: Address, { device, cause, since }: Episode) =>
  `${patient} ${device} ${cause} ${since}`
