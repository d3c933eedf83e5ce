import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'

/** How far in the wall clock's future a block may be dated. Ethereum's nodes keep such a block this long at most. */
export const MAX_AHEAD_MS = 15_000
/** How long the wall clock must stay ahead of where it should be before it is believed. */
export const BELIEVE_AFTER_MS = 30_000
/** A step forward that is smaller than this is a clock being disciplined, not set. */
const STEP_MS = 1_000

/**
 * When the next block is due and what its timestamp is, from a wall clock that may be set at any time.
 *
 * A block dated in the far future would stop the chain until that time: nothing may be dated before its parent.
 * So a step forward is believed only after it has stood for a while; until then blocks go on at parent + period, which
 * is always valid. A step back is believed at once. The head may then lie ahead of the wall clock: sealing goes on
 * a tenth slower until both agree again, and pauses only while a block would be dated more than `MAX_AHEAD_MS` ahead.
 */
export class ChainTime {
  readonly #clock: Clock
  readonly #periodMs: number
  /** Wall minus monotonic clock, as believed. */
  #offset: number
  #suspect: { offset: number; since: MonotonicMs } | undefined
  #sealedAt: MonotonicMs

  constructor({ periodSec }: { periodSec: number }, { clock }: { clock: Clock }) {
    this.#clock = clock
    this.#periodMs = periodSec * 1_000
    this.#offset = clock.now() - clock.monotonic()
    this.#sealedAt = clock.monotonic()
  }

  /** The wall clock, as believed. */
  now(): UnixMs {
    const monotonic = this.#clock.monotonic()
    const offset = this.#clock.now() - monotonic
    if (offset - this.#offset <= STEP_MS) {
      this.#offset = offset
      this.#suspect = undefined
    } else if (this.#suspect === undefined || Math.abs(offset - this.#suspect.offset) > STEP_MS) {
      this.#suspect = { offset, since: monotonic }
    } else if (monotonic - this.#suspect.since >= BELIEVE_AFTER_MS) {
      this.#offset = offset
      this.#suspect = undefined
    }
    return (monotonic + this.#offset) as UnixMs
  }

  /** A block was made visible just now. */
  sealed(): void {
    this.#sealedAt = this.#clock.monotonic()
  }

  /** How long from now until the block after one dated `parentSec` is due, in ms; 0 or less when it is overdue. */
  untilDue(parentSec: number): number {
    const now = this.now()
    const dated = parentSec * 1_000 + this.#periodMs
    const atPace = this.#sealedAt + this.#periodMs * 1.1 - this.#clock.monotonic()
    return Math.max(Math.min(dated - now, atPace), dated - now - MAX_AHEAD_MS)
  }

  /** Seconds for the block after one dated `parentSec`: never less than a period later, else the time as believed. */
  timestamp(parentSec: number): number {
    return Math.max(parentSec + this.#periodMs / 1_000, Math.floor(this.now() / 1_000))
  }

  /** Whether the head is dated so far ahead of the clock that sealing pauses. */
  isPaused(parentSec: number): boolean {
    return parentSec * 1_000 + this.#periodMs - this.now() > MAX_AHEAD_MS
  }
}
