import type { MessagePort } from 'node:worker_threads'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clocks } from '../batch/dating.ts'
import type { Recording } from '../delivery/pipeline.ts'
import type { RoomMessage, SampleMessage, TakenMessage } from './messages.ts'

export interface SampleSenderOptions {
  /** Samples that may wait here for the other worker. */
  readonly limit: number
  /** Alerts that may wait beyond it. */
  readonly alertReserve: number
  /**
   * How far samples may be ahead of what is on the disk, on their own clock. Only for time that can be held: where
   * it cannot, to stop sampling would lose for certain what a power cut might.
   */
  readonly aheadMs: number | undefined
}

export interface SampleSenderDeps {
  readonly port: MessagePort
  readonly clocks: () => Clocks
  /** Keeps simulated time from passing while the other worker is waited for. */
  readonly hold: (() => Disposable) | undefined
}

/** Chunks that may be on their way: while one is worked on, the next gathers. */
const UNDER_WAY = 2

/** Hands samples to the worker that delivers them, in chunks, never more than it can take. */
export class SampleSender {
  readonly #options: SampleSenderOptions
  readonly #deps: SampleSenderDeps
  #waiting: Sample[] = []
  #newestAt = -1 as MonotonicMs
  /** The instant before the newest: of the newest, more samples may come. */
  #completeAt: number | undefined
  #pushed = 0
  /** Chunks that were posted and not yet taken: how far they reach. */
  readonly #posted = new Map<number, { readonly pushed: number; readonly completeAt: number }>()
  #number = 0
  /** How many samples are on the disk, and the last instant of which all are. */
  #durable = 0
  #durableAt = Number.NEGATIVE_INFINITY
  #turn: NodeJS.Immediate | undefined
  #isWanted = false
  #moved = Promise.withResolvers<void>()
  #isHeldBack = false

  constructor(options: SampleSenderOptions, deps: SampleSenderDeps) {
    this.#options = options
    this.#deps = deps
    deps.port.on('message', (message: TakenMessage | RoomMessage) => {
      if (message.kind === 'taken') this.#taken(message)
    })
  }

  /** Whether the other worker is waited for right now. */
  get isHeldBack(): boolean {
    return this.#isHeldBack
  }

  /** Whether a sample may wait here; where time cannot be held, nobody is to wait with one instead. */
  hasRoom(isAlert: boolean): boolean {
    const { limit, alertReserve } = this.#options
    return this.#waiting.length < limit + (isAlert ? alertReserve : 0)
  }

  /** Resolves when another sample may come; without a hold on time that is at once. @throws the signal's reason */
  async push(sample: Sample, signal: AbortSignal): Promise<void> {
    this.#waiting.push(sample)
    this.#pushed++
    // Nothing is on the disk yet, and nobody knows how far the first samples are apart.
    if (this.#completeAt === undefined) this.#durableAt = sample.at - (this.#options.aheadMs ?? 0) / 2
    if (sample.at > this.#newestAt) {
      this.#completeAt = this.#newestAt
      this.#newestAt = sample.at
    }
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#post()
    })
    const canWait = this.#deps.hold !== undefined
    if (canWait && (this.#isFull() || this.#isAhead())) await this.#room(signal)
  }

  /** Tell the other worker what time it is, when no sample does. */
  tick(at: MonotonicMs): void {
    if (this.#waiting.length > 0 || this.#posted.size > 0) return
    this.#newestAt = at
    this.#postChunk([])
  }

  /** What was pushed before goes on as it was, what comes after as `recording` says. */
  record(recording: Recording): void {
    if (this.#waiting.length > 0) this.#postChunk(this.#waiting.splice(0))
    this.#deps.port.postMessage({ kind: 'recording', recording } satisfies SampleMessage)
  }

  /** Nothing more will come. */
  end(): void {
    clearImmediate(this.#turn)
    if (this.#waiting.length > 0) this.#postChunk(this.#waiting.splice(0))
    this.#deps.port.postMessage({ kind: 'end' } satisfies SampleMessage)
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#options.limit
  }

  #isAhead(): boolean {
    const { aheadMs } = this.#options
    if (aheadMs === undefined || this.#durable === this.#pushed) return false
    return this.#newestAt - this.#durableAt >= aheadMs
  }

  async #room(signal: AbortSignal): Promise<void> {
    using _ = this.#deps.hold?.()
    this.#isHeldBack = true
    const onAbort = () => this.#moved.resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    while ((this.#isFull() || this.#isAhead()) && !signal.aborted) {
      this.#isWanted = this.#isAhead()
      this.#post()
      this.#moved = Promise.withResolvers()
      await this.#moved.promise
    }
    signal.removeEventListener('abort', onAbort)
    this.#isHeldBack = false
  }

  #post(): void {
    if (this.#posted.size >= UNDER_WAY || (this.#waiting.length === 0 && !this.#isWanted)) return
    this.#postChunk(this.#waiting.splice(0))
  }

  #postChunk(samples: readonly Sample[]): void {
    const number = ++this.#number
    const chunk = { samples, clocks: this.#deps.clocks(), at: this.#newestAt, isUrgent: this.#isWanted }
    this.#isWanted = false
    this.#posted.set(number, { pushed: this.#pushed, completeAt: this.#completeAt ?? 0 })
    this.#deps.port.postMessage({ kind: 'chunk', number, chunk } satisfies SampleMessage)
  }

  #taken({ number, isDurable }: TakenMessage): void {
    const posted = this.#posted.get(number)
    this.#posted.delete(number)
    if (isDurable && posted !== undefined) {
      this.#durable = posted.pushed
      this.#durableAt = Math.max(this.#durableAt, posted.completeAt)
    }
    this.#moved.resolve()
    this.#post()
  }
}
