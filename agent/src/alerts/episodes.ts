import {
  ALARM_PRIORITIES,
  type AlarmCause,
  type AlarmPriority,
  type AlarmState,
  causeName,
} from '@hygeia/protocol/alarm/alarm'

/** What holds right now. */
export interface Condition {
  readonly cause: AlarmCause
  readonly priority: AlarmPriority
  /** How grave within its cause: one that rises is an escalation, whatever its priority. */
  readonly severity: number
  /** How long it must hold before it is an alarm, and be gone before it is over; ms. */
  readonly delayMs: number
  readonly clearMs: number
  /** Stays until somebody acknowledges it, though what caused it is over: a call. */
  readonly isLatched?: boolean
}

/** One alarm from its beginning to its end. */
export interface Episode {
  readonly cause: AlarmCause
  readonly priority: AlarmPriority
  readonly since: number
  /** Until when it is silent, because it was acknowledged. */
  readonly silentUntil: number | undefined
}

interface Entry {
  condition: Condition
  /** Since when it holds, and since when it does not. */
  heldSince: number
  goneSince: number | undefined
  /** Since when it is an alarm. */
  alarmSince: number | undefined
  silentUntil: number | undefined
  /** What was last told of it. */
  told: string
}

/**
 * Alarms as they come and go. Acknowledging silences an episode for a limited time; what escalates, comes back after
 * it was over, or outlasts its silence, sounds again. Reads no clock: every call says what time it is.
 */
export class Episodes {
  #silenceMs: number
  readonly #entries = new Map<string, Entry>()

  constructor({ silenceMs }: { silenceMs: number }) {
    this.#silenceMs = silenceMs
  }

  /** Alarms that are on, gravest first. */
  get active(): readonly Episode[] {
    return [...this.#entries.values()]
      .flatMap(({ condition: { cause, priority }, alarmSince: since, silentUntil }) =>
        since === undefined ? [] : [{ cause, priority, since, silentUntil }],
      )
      .sort((a, b) => rank(b.priority) - rank(a.priority) || a.since - b.since)
  }

  /** How long what is acknowledged from now on keeps silent. */
  silenceFor(silenceMs: number): void {
    this.#silenceMs = silenceMs
  }

  /** `condition` holds at `at`. */
  holds(condition: Condition, at: number): void {
    const name = causeName(condition.cause)
    const entry = this.#entries.get(name)
    if (entry === undefined) {
      const fresh = { condition, heldSince: at, goneSince: undefined, alarmSince: undefined }
      this.#entries.set(name, { ...fresh, silentUntil: undefined, told: '' })
      return
    }
    // A call that comes again is one more, and grave enough to be heard again.
    const isGraver = condition.severity > entry.condition.severity || condition.isLatched === true
    if (isGraver) entry.silentUntil = undefined
    entry.condition = condition
    entry.goneSince = undefined
  }

  /** Nobody knows whether it holds: what is an alarm stays one, and what is none yet has to hold anew. */
  isUnseen(cause: AlarmCause): void {
    const name = causeName(cause)
    if (this.#entries.get(name)?.alarmSince === undefined) this.#entries.delete(name)
  }

  /** What `cause` is about does not hold at `at`. */
  isGone(cause: AlarmCause, at: number): void {
    const entry = this.#entries.get(causeName(cause))
    if (entry !== undefined) entry.goneSince ??= at
  }

  /**
   * Somebody saw it.
   *
   * @param name - of the cause; without it, all that sound
   * @returns names of the alarms that are silent now because of it
   */
  acknowledge(at: number, name?: string): readonly string[] {
    const silenced: string[] = []
    for (const [key, entry] of this.#entries) {
      if (entry.alarmSince === undefined || (name !== undefined && name !== key)) continue
      entry.silentUntil = at + this.#silenceMs
      silenced.push(key)
      if (entry.condition.isLatched === true) entry.goneSince = at
    }
    return silenced
  }

  /** Time has come to `at`. @returns what changed about any alarm, in the order of their beginning */
  advance(at: number): readonly AlarmState[] {
    const changes: AlarmState[] = []
    for (const [name, entry] of this.#entries) {
      const { condition, goneSince, heldSince } = entry
      const { cause, priority, delayMs, clearMs } = condition
      if (entry.alarmSince === undefined) {
        if (goneSince !== undefined) this.#entries.delete(name)
        else if (at - heldSince >= delayMs) entry.alarmSince = at
      } else if (goneSince !== undefined && at - goneSince >= clearMs) {
        this.#entries.delete(name)
        changes.push({ cause, priority: undefined, isAcknowledged: entry.silentUntil !== undefined })
        continue
      }
      if (entry.alarmSince === undefined) continue
      if (entry.silentUntil !== undefined && at >= entry.silentUntil) entry.silentUntil = undefined
      const isAcknowledged = entry.silentUntil !== undefined
      const told = `${priority} ${condition.severity} ${isAcknowledged}`
      if (told === entry.told) continue
      entry.told = told
      changes.push({ cause, priority, isAcknowledged })
    }
    return changes
  }
}

const rank = (priority: AlarmPriority) => ALARM_PRIORITIES.indexOf(priority)
