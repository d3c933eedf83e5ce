import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { type Destination, Line } from './line.ts'
import type { Uplink, UplinkEvents, UplinkStatus } from './uplink.ts'

export interface FailOverOptions {
  readonly kind: UplinkStatus['kind']
  /** A hospital that answers nothing for so long is passed over, if another one answers. */
  readonly afterMs: number
  /** One that puts everything off is passed over after so long: longer than a receipt takes. */
  readonly busyMs: number
  /** A preferred hospital has to answer for so long before it is spoken to again. */
  readonly returnAfterMs: number
  /** How long receipts are waited for at a hospital that was left for a preferred one. */
  readonly lingerMs: number
  /** Longest pause between two looks at a hospital that does not answer. */
  readonly retryLimitMs: number
}

export interface FailOverDeps {
  readonly clock: Clock
  readonly log: Logger
  /** What a hospital is asked to see whether it answers. */
  readonly question: () => Uint8Array
  /** Batches that were handed over by `before` (monotonic) and have no receipt are to be sent again. */
  readonly onForsaken: (before: number) => void
}

export interface FailOverStatus extends UplinkStatus {
  /** The hospital that is spoken to. */
  readonly hospital: string
  /** All of them, the preferred first. */
  readonly hospitals: readonly (Pick<UplinkStatus, 'isUp' | 'lastFault'> & { readonly name: string })[]
}

const LOOK_MS = 1_000
/** Looks at a preferred hospital while it has to show that it answers. */
const LOOKS_BEFORE_RETURN = 4
const PROBE_MS = 5_000
/** How many times as long a hospital that fails again and again has to answer before it is taken back. */
const DISTRUST_LIMIT = 64

/**
 * Several hospitals in the order of preference, spoken to as if they were one.
 *
 * One is spoken to at a time. When it answers nothing for a bounded time the others are looked at, and the first that
 * answers takes its place; what was left with the silent one and has no receipt is sent there too. Preferred ones go on
 * being looked at, and are taken back once they have answered for a while; one that fails soon after that has to
 * answer for twice as long the next time.
 */
export class FailOver implements Uplink {
  readonly #options: FailOverOptions
  readonly #deps: FailOverDeps
  #lines: readonly Line[]
  #current: Line
  #events: UplinkEvents | undefined
  #looking: NodeJS.Timeout | undefined
  /** Left for a preferred one, and until when their receipts are waited for. */
  readonly #lingering = new Map<Line, number>()
  /** Hospitals that were taken back, when, and how many times as long they had to answer for that. */
  readonly #distrust = new Map<string, { readonly returnedAt: number; readonly factor: number }>()

  /** @param destinations - at least one, the preferred first */
  constructor(options: FailOverOptions, destinations: readonly Destination[], deps: FailOverDeps) {
    this.#options = options
    this.#deps = deps
    const [first, ...others] = destinations.map((destination) => this.#lineTo(destination))
    if (first === undefined) throw new Error('no hospital to send to')
    this.#current = first
    this.#lines = [first, ...others]
  }

  get pushes(): boolean {
    return this.#options.kind === 'mqtt'
  }

  start(events: UplinkEvents): void {
    this.#events = events
    this.#current.open()
    this.#lookRegularly()
  }

  async stop(): Promise<void> {
    clearInterval(this.#looking)
    this.#events = undefined
    await Promise.all(this.#lines.map((line) => line.close()))
  }

  async send(block: Uint8Array): Promise<void> {
    await this.#current.send(block)
  }

  async ask(question: Uint8Array): Promise<void> {
    // Of those that were left a moment ago receipts are to come, too.
    for (const line of this.#lingering.keys()) line.ask(question).catch(() => {})
    await this.#current.ask(question)
  }

  /** Batches have been without a receipt for long, whatever their hospital answers: look for another one. */
  doubt(): void {
    if (this.#lines.length > 1) this.#current.doubt()
  }

  /** From now on these, the preferred first; with none, all stays as it is. Ways that stay the same are kept open. */
  replace(destinations: readonly Destination[]): void {
    if (destinations.length === 0) {
      this.#deps.log.error(
        { kind: this.#options.kind },
        'none of the new hospitals offers the configured uplink',
      )
      return
    }
    const before = this.#lines
    this.#lines = destinations.map(
      (destination) =>
        before.find((line) => line.destination.key === destination.key) ?? this.#lineTo(destination),
    )
    for (const line of before) if (!this.#lines.includes(line)) this.#close(line)
    const [first] = this.#lines
    if (first === undefined) throw new Error('no hospital to send to')
    if (this.#events !== undefined) this.#lookRegularly()
    if (this.#lines.includes(this.#current)) return
    const now = this.#deps.clock.monotonic()
    this.#turnTo(first, now)
    // The receipts of the one that was removed count no more.
    this.#deps.onForsaken(now)
  }

  status(): FailOverStatus {
    const { isUp, lastFault } = this.#current.status()
    const lines = this.#lines.map((line) => ({ name: line.destination.name, ...line.status() }))
    return {
      kind: this.#options.kind,
      isUp,
      lastFault,
      connects: lines.reduce((sum, { connects }) => sum + connects, 0),
      hospital: this.#current.destination.name,
      hospitals: lines.map(({ name, isUp, lastFault }) => ({ name, isUp, lastFault })),
    }
  }

  #lineTo(destination: Destination): Line {
    const line: Line = new Line(destination, {
      clock: this.#deps.clock,
      events: {
        onAnswers: (answers) => this.#events?.onAnswers(answers),
        onLink: (isUp) => {
          if (line === this.#current) this.#events?.onLink(isUp)
          else this.#look()
        },
      },
    })
    return line
  }

  #lookRegularly(): void {
    clearInterval(this.#looking)
    if (this.#lines.length === 1) return
    const { afterMs, returnAfterMs } = this.#options
    this.#looking = setInterval(() => this.#look(), Math.min(LOOK_MS, afterMs / 4, returnAfterMs / 4))
  }

  /** Open what has to be, see whether it answers, and turn to another hospital where that is due. */
  #look(): void {
    if (this.#events === undefined) return
    const { clock, question } = this.#deps
    const now = clock.monotonic()
    this.#endLingering(now)
    const rank = this.#lines.indexOf(this.#current)
    const isSilent = this.#isSilent(now)
    for (const [index, line] of this.#lines.entries()) {
      if (line === this.#current) continue
      // One that was left a moment ago is asked for its receipts, and needs no other question.
      if (this.#lingering.has(line) && !isSilent) continue
      if (index < rank || isSilent) {
        line.open()
        void line.probe(question, this.#probeMs, this.#options.retryLimitMs).then(() => this.#choose())
      } else this.#close(line)
    }
    this.#choose()
  }

  #choose(): void {
    if (this.#events === undefined) return
    const now = this.#deps.clock.monotonic()
    const rank = this.#lines.indexOf(this.#current)
    const isSilent = this.#isSilent(now)
    for (const [index, line] of this.#lines.entries()) {
      const { goodSince } = line
      if (line === this.#current || goodSince === undefined) continue
      const isTried = index < rank && now - goodSince >= this.#trialMs(line)
      if (!isSilent && !isTried) continue
      if (isSilent) this.#passOver(line, now)
      else this.#takeBack(line, now)
      return
    }
  }

  /** The current hospital answers nothing, or nothing but that it is busy: to `next` instead. */
  #passOver(next: Line, now: number): void {
    const left = this.#current
    const name = left.destination.key
    const before = this.#distrust.get(name)
    // Failed within the time that it was given to show itself: it fails often.
    if (before !== undefined && now - before.returnedAt < 2 * before.factor * this.#options.returnAfterMs) {
      const factor = Math.min(DISTRUST_LIMIT, 2 * before.factor)
      this.#distrust.set(name, { ...before, factor })
    } else this.#distrust.delete(name)
    this.#deps.log.warn(
      { hospital: next.destination.name },
      'the hospital does not answer: sending to another',
    )
    // Whatever still knocks there would arrive after all, once it is back.
    this.#close(left)
    this.#turnTo(next, now)
    this.#deps.onForsaken(now)
  }

  #takeBack(preferred: Line, now: number): void {
    const left = this.#current
    const { key, name } = preferred.destination
    this.#distrust.set(key, { returnedAt: now, factor: this.#distrust.get(key)?.factor ?? 1 })
    this.#deps.log.info({ hospital: name }, 'the preferred hospital answers again')
    this.#lingering.set(left, now + this.#options.lingerMs)
    this.#turnTo(preferred, now)
  }

  #turnTo(next: Line, now: number): void {
    this.#current.forgetProbes()
    next.forgetProbes()
    this.#current = next
    // It may have been left a moment ago: what it has, it will prove.
    if (this.#lingering.delete(next)) this.#deps.onForsaken(Math.min(now, next.lastTookAt))
    if (this.#events === undefined) return
    next.open()
    this.#events.onLink(false)
    if (next.isLinked) this.#events.onLink(true)
  }

  #endLingering(now: number): void {
    for (const [line, until] of this.#lingering) {
      if (now < until) continue
      this.#lingering.delete(line)
      this.#deps.onForsaken(line.lastTookAt)
    }
  }

  #close(line: Line): void {
    this.#lingering.delete(line)
    line.close().catch((err: unknown) => this.#deps.log.warn({ err }, 'connection not closed'))
  }

  #isSilent(now: number): boolean {
    const { unansweredMs, busyMs } = this.#current.silence(now)
    return unansweredMs >= this.#options.afterMs || busyMs >= this.#options.busyMs
  }

  #trialMs({ destination }: Line): number {
    return this.#options.returnAfterMs * (this.#distrust.get(destination.key)?.factor ?? 1)
  }

  get #probeMs(): number {
    return Math.min(PROBE_MS, this.#options.returnAfterMs / LOOKS_BEFORE_RETURN)
  }
}
