import { PRIORITIES, type Priority } from '@hygeia/protocol/sealed/header'
import { Backoff } from '@hygeia/runtime/backoff'
import type { Clock } from '@hygeia/runtime/clock'
import type { Outbox, Outgoing } from './outbox.ts'
import type { Uplink } from './uplink.ts'

export interface CourierOptions {
  /** Batches sent and not yet answered. */
  readonly inFlight: number
  /** Batches answered and without a receipt; alerts go beyond it. */
  readonly awaitingLimit: number
  /** An answered batch whose receipt did not come for so long is sent again, each time after twice as long. */
  readonly resendAfterMs: number
  /** Longest pause after a batch did not get there. */
  readonly retryLimitMs: number
}

export interface CourierDeps {
  readonly outbox: Outbox
  readonly uplink: Pick<Uplink, 'send'>
  readonly clock: Clock
  /** Told when a batch was answered for. */
  readonly onAnswered?: (() => void) | undefined
  /** Told when receipts have not come for so long that batches are sent again. */
  readonly onSilent?: (() => void) | undefined
}

/** A batch that the hospital has, and for which its receipt is to come. */
export interface Awaiting extends Pick<Outgoing, 'id' | 'incarnation' | 'sequence' | 'priority'> {
  readonly since: number
  readonly attempt: number
}

interface Due extends Pick<Outgoing, 'id' | 'priority'> {
  readonly at: number
  readonly attempt: number
}

const READ_AHEAD = 16
/** No hospital keeps a device waiting longer by one word, which over CoAP anybody could say. */
const BUSY_LIMIT_MS = 60_000
const PAUSE_MS = 250
const PAUSE_LIMIT_MS = 30_000

/** Keeps so many batches on their way, the urgent first, and sends again what got lost. */
export class Courier {
  readonly #options: CourierOptions
  readonly #deps: CourierDeps
  readonly #pause: Backoff
  readonly #lastRead = new Map<Priority, number>()
  readonly #read = new Map<Priority, Outgoing[]>()
  readonly #inFlight = new Map<number, { busyUntil?: number }>()
  readonly #awaiting = new Map<number, Awaiting>()
  #due: Due[] = []
  #isUp = false
  #isStopped = false
  #pausedUntil = 0
  #timer: NodeJS.Timeout | undefined
  #sent = 0

  constructor(options: CourierOptions, deps: CourierDeps) {
    this.#options = options
    this.#deps = deps
    const limitMs = Math.min(PAUSE_LIMIT_MS, options.retryLimitMs)
    this.#pause = new Backoff({ firstMs: PAUSE_MS, limitMs })
  }

  /** Batches answered for since the start. */
  get sent(): number {
    return this.#sent
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  /** Batches whose receipts are to come. */
  get awaiting(): ReadonlyMap<number, Awaiting> {
    return this.#awaiting
  }

  /** The hospital can be reached, or no more. */
  linkChanged(isUp: boolean): void {
    this.#isUp = isUp
    this.#pausedUntil = 0
    if (isUp) this.#pause.reset()
    this.pump()
  }

  /** Send what there is to send, as far as there is room; to be called when something came into the outbox. */
  pump(): void {
    clearTimeout(this.#timer)
    if (!this.#isUp || this.#isStopped) return
    const now = this.#deps.clock.monotonic()
    if (now >= this.#pausedUntil) {
      this.#resendSilent(now)
      while (this.#inFlight.size < this.#options.inFlight) {
        const next = this.#next(now)
        if (next === undefined) break
        void this.#send(next.entry, next.attempt)
      }
    }
    const wakeAt = Math.max(this.#pausedUntil, Math.min(now + 5_000, ...this.#due.map(({ at }) => at)))
    this.#timer = setTimeout(() => this.pump(), Math.max(10, wakeAt - now))
  }

  /** These left the spool. */
  settled(ids: Iterable<number>): void {
    for (const id of ids) {
      this.#awaiting.delete(id)
      this.#due = this.#due.filter((due) => due.id !== id)
    }
    this.pump()
  }

  /** The hospital that took batches by `before` (monotonic ms), or put some off, was left: to the next with them. */
  forsaken(before: number): void {
    const now = this.#deps.clock.monotonic()
    this.#due = this.#due.map((due) => ({ ...due, at: Math.min(due.at, now) }))
    for (const [id, { priority, since, attempt }] of this.#awaiting) {
      if (since > before) continue
      this.#awaiting.delete(id)
      this.#due.push({ id, priority, at: now, attempt })
    }
    this.pump()
  }

  /** The hospital has no room for this one now. */
  busy(id: number, delayMs: number): void {
    const until = this.#deps.clock.monotonic() + Math.min(delayMs, BUSY_LIMIT_MS)
    const flying = this.#inFlight.get(id)
    if (flying !== undefined) {
      flying.busyUntil = until
      return
    }
    const awaiting = this.#awaiting.get(id)
    if (awaiting === undefined) return
    this.#awaiting.delete(id)
    this.#due.push({ ...awaiting, at: until })
    this.pump()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #send(entry: Outgoing, attempt: number): Promise<void> {
    const { id, incarnation, sequence, priority } = entry
    const flight: { busyUntil?: number } = {}
    this.#inFlight.set(id, flight)
    const { clock, uplink, outbox, onAnswered } = this.#deps
    try {
      await uplink.send(entry.block)
      this.#inFlight.delete(id)
      this.#pause.reset()
      this.#sent++
      if (flight.busyUntil !== undefined) this.#due.push({ id, priority, at: flight.busyUntil, attempt })
      // Its receipt, or refusal, may have come before this answer.
      else if (outbox.read(id) !== undefined) {
        const since = clock.monotonic()
        this.#awaiting.set(id, { id, incarnation, sequence, priority, since, attempt })
      }
      onAnswered?.()
    } catch {
      // Why is for the uplink to tell; here it only means: again, but not at once.
      this.#inFlight.delete(id)
      const now = clock.monotonic()
      this.#due.push({ id, priority, at: now, attempt })
      if (now >= this.#pausedUntil) this.#pausedUntil = now + this.#pause.nextMs()
    }
    this.pump()
  }

  #next(now: number): { readonly entry: Outgoing; readonly attempt: number } | undefined {
    for (const priority of PRIORITIES) {
      const again = this.#takeDue(priority, now)
      if (again !== undefined) return again
      if (priority !== 'alert' && this.#awaiting.size >= this.#options.awaitingLimit) continue
      const entry = this.#takeFresh(priority)
      if (entry !== undefined) return { entry, attempt: 0 }
    }
    return undefined
  }

  #takeDue(priority: Priority, now: number) {
    while (true) {
      const due = this.#due.find((one) => one.priority === priority && one.at <= now)
      if (due === undefined) return undefined
      this.#due = this.#due.filter((other) => other !== due)
      const entry = this.#deps.outbox.read(due.id)
      if (entry !== undefined) return { entry, attempt: due.attempt }
    }
  }

  #takeFresh(priority: Priority): Outgoing | undefined {
    let read = this.#read.get(priority) ?? []
    if (read.length === 0) {
      read = [...this.#deps.outbox.after(priority, this.#lastRead.get(priority) ?? 0, READ_AHEAD)]
      this.#read.set(priority, read)
    }
    const entry = read.shift()
    if (entry !== undefined) this.#lastRead.set(priority, entry.id)
    return entry
  }

  #resendSilent(now: number): void {
    const { resendAfterMs } = this.#options
    const dueBefore = this.#due.length
    for (const [id, { priority, since, attempt }] of this.#awaiting) {
      if (now - since < resendAfterMs * 2 ** Math.min(attempt, 6)) continue
      this.#awaiting.delete(id)
      this.#due.push({ id, priority, at: now, attempt: attempt + 1 })
    }
    if (this.#due.length > dueBefore) this.#deps.onSilent?.()
  }
}
