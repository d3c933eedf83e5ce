import type { Incarnation } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import type { Clock } from '@hygeia/runtime/clock'
import { BlockPhase } from './block-phase.ts'
import type { Awaiting } from './courier.ts'
import type { Uplink } from './uplink.ts'

/** Sequences of one incarnation whose receipts are wanted, inclusive. */
export interface Wanted {
  readonly incarnation: Incarnation
  readonly from: number
  readonly to: number
}

export interface InquirerOptions {
  readonly periodMs: number
  /** A question goes out at least this often: it carries the device's status and brings new label keys. */
  readonly statusEveryMs: number
}

export interface InquirerDeps {
  readonly uplink: Pick<Uplink, 'ask' | 'pushes'>
  readonly clock: Clock
  readonly awaiting: ReadonlyMap<number, Awaiting>
  /** Everything whose fate the hospital may know, for the question that follows a connection. */
  readonly atConnection: () => readonly Wanted[]
  /** A signed question; for the present incarnation and no receipts when nothing is `wanted`. */
  readonly question: (wanted: Wanted | undefined) => Uint8Array
  readonly onFault: (cause: unknown) => void
}

/** How long a pushed receipt may take, in block periods, before it is asked for; and some slack. */
const OVERDUE_PERIODS = 3
const OVERDUE_MS = 2_000
const OVERDUE_LIMIT_MS = 60_000
/** Questions at one time. */
const RUNS_AT_ONCE = 4
/** After receipts came while older ones are missing: there was no room for them in one answer. */
const MORE_MS = 20
/** Before the question after a connection is put again, doubling. */
const CONNECTION_MS = 500
const CONNECTION_LIMIT_MS = 30_000

/** Asks the hospital for receipts that do not come by themselves, and tells it how this device is. */
export class Inquirer {
  readonly #options: InquirerOptions
  readonly #deps: InquirerDeps
  readonly #phase: BlockPhase
  readonly #abort = new AbortController()
  #loop: Promise<void> | undefined
  #wake = new AbortController()
  #isUp = false
  /** The question that follows a connection is still to be put. */
  #hasConnected = false
  #connectionTries = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #overdueAsks = 0
  #hits = 0
  #wantsMore = false
  /** Of the runs that are missing, the first to ask about next. */
  #nextRun = 0
  /** The next question for receipts; kept, because looking again after its time would find the one after it. */
  #planned: number | undefined

  constructor(options: InquirerOptions, deps: InquirerDeps) {
    this.#options = options
    this.#deps = deps
    this.#phase = new BlockPhase(options)
  }

  start(): void {
    this.#loop ??= this.#run(this.#abort.signal).catch((cause: unknown) => {
      if (!isAbort(cause)) this.#deps.onFault(cause)
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  linkChanged(isUp: boolean): void {
    this.#hasConnected = isUp
    this.#connectionTries = 0
    this.#isUp = isUp
    this.#wake.abort()
  }

  /** A batch was answered for: its receipt will come. */
  answered(): void {
    this.#phase.hope()
    this.#wake.abort()
  }

  /** Verified receipts came. @param isBehind - older ones are still missing */
  received(isBehind: boolean): void {
    this.#hits++
    this.#overdueAsks = 0
    this.#wantsMore = isBehind
  }

  /** Ask now, whatever the rhythm: something is odd. */
  async askAbout(wanted: Wanted | undefined): Promise<void> {
    this.#askedAt = this.#deps.clock.monotonic()
    await this.#deps.uplink.ask(this.#deps.question(wanted))
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (true) {
      signal.throwIfAborted()
      this.#wake = new AbortController()
      const at = this.#isUp ? this.#nextAt() : Number.MAX_SAFE_INTEGER
      try {
        await this.#deps.clock.sleepUntil(
          Math.min(at, this.#deps.clock.monotonic() + 60_000) as MonotonicMs,
          AbortSignal.any([signal, this.#wake.signal]),
        )
      } catch {
        // Something changed: look again.
        continue
      }
      if (this.#isUp && this.#deps.clock.monotonic() >= at) await this.#ask()
    }
  }

  #nextAt(): number {
    const { clock, uplink, awaiting } = this.#deps
    const now = clock.monotonic()
    if (this.#hasConnected) {
      if (this.#connectionTries === 0) return now
      return this.#askedAt + Math.min(CONNECTION_LIMIT_MS, CONNECTION_MS * 2 ** this.#connectionTries)
    }
    if (this.#wantsMore) return this.#askedAt + MORE_MS
    const status = this.#askedAt + this.#options.statusEveryMs
    if (awaiting.size === 0) {
      this.#planned = undefined
      return status
    }
    if (!uplink.pushes) {
      this.#planned = Math.min(this.#planned ?? status, this.#phase.next(this.#askedAt, now))
      return this.#planned
    }
    const waitMs = OVERDUE_PERIODS * this.#options.periodMs + OVERDUE_MS
    const oldest = Math.min(...[...awaiting.values()].slice(0, 64).map(({ since }) => since))
    const patienceMs = Math.min(waitMs * 2 ** this.#overdueAsks, Math.max(waitMs, OVERDUE_LIMIT_MS))
    return Math.min(status, Math.max(oldest + waitMs, this.#askedAt + patienceMs))
  }

  async #ask(): Promise<void> {
    const { clock, uplink, awaiting, atConnection, question } = this.#deps
    const isConnection = this.#hasConnected
    const isForReceipts = awaiting.size > 0 && !isConnection
    const wanted = isConnection ? atConnection() : this.#someOf(runsOf(awaiting.values()))
    this.#wantsMore = false
    this.#planned = undefined
    const [askedAt, hits] = [clock.monotonic(), this.#hits]
    this.#askedAt = askedAt
    if (isForReceipts) this.#overdueAsks = Math.min(this.#overdueAsks + 1, 10)
    try {
      for (const one of wanted.length === 0 ? [undefined] : wanted) await uplink.ask(question(one))
      if (isConnection) this.#hasConnected = false
    } catch {
      if (isConnection) this.#connectionTries++
      // The link tells by itself that it broke; the question is put again at its next turn.
      if (!uplink.pushes && isForReceipts) this.#phase.miss(clock.monotonic())
      return
    }
    if (uplink.pushes || !isForReceipts) return
    if (this.#hits > hits) this.#phase.hit(askedAt)
    else this.#phase.miss(clock.monotonic())
  }

  /** A few at a time, and each in its turn: some may have no receipt for long. */
  #someOf(runs: readonly Wanted[]): readonly Wanted[] {
    const first = this.#nextRun % Math.max(1, runs.length)
    const some = [...runs.slice(first), ...runs.slice(0, first)].slice(0, RUNS_AT_ONCE)
    this.#nextRun = first + some.length
    return some
  }
}

/**
 * Sequences without a hole between them, in order. Not all that lies between the first and the last: a hospital has room
 * for some receipts in an answer, and would fill it with those that are here already.
 */
function runsOf(awaiting: Iterable<Awaiting>): readonly Wanted[] {
  const inOrder = [...awaiting].sort(
    (a, b) => a.incarnation.localeCompare(b.incarnation) || a.sequence - b.sequence,
  )
  const runs: { readonly incarnation: Incarnation; readonly from: number; to: number }[] = []
  for (const { incarnation, sequence } of inOrder) {
    const last = runs.at(-1)
    if (last?.incarnation === incarnation && last.to + 1 === sequence) last.to = sequence
    else runs.push({ incarnation, from: sequence, to: sequence })
  }
  return runs
}
