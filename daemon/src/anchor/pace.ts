import type { Clock } from '@hygeia/runtime/clock'
import { sleep } from '@hygeia/runtime/clock'
import type { ChainEngine } from '../chain/engine.ts'

export interface PaceOptions {
  /** How long before a block is due an anchor of few batches sets out, ms. */
  readonly leadMs: number
}

export interface PaceDeps {
  readonly engine: Pick<ChainEngine, 'nextBlockAt' | 'info' | 'head'>
  readonly clock: Clock
}

/** Batches that do not wait for the last moment: what is left for that is made quickly. */
export const FULL_COUNT = 4_096
/** Never more of a period than this share goes into the lead. */
const SHARE_LIMIT = 0.4
/** Of making an anchor, until the first large ones were made: trees, manifests and the disk on a busy machine. */
const FIRST_GUESS_MS_PER_BATCH = 0.03
/** Rounds of fewer batches say little of what one costs, and much of what an anchor does. */
const TELLING_COUNT = 512
const SMOOTHING = 0.3
const MARGIN = 1.5
/** After an anchor that came too late, whatever held it up; less with each block. */
const LATE_MS = 200
const FORGETTING = 0.95
/** Between two looks at what waits, and at the clock. */
const LOOK_MS = 100

/**
 * Says when to set out: with the last batches before a block late enough to take much along and early enough to get
 * in, and before that whenever an anchor is full.
 */
export class Pace {
  readonly #options: PaceOptions
  readonly #deps: PaceDeps
  #msPerBatch = FIRST_GUESS_MS_PER_BATCH
  /** What an anchor takes however few batches it has: the disk, and what the IPFS node is asked. */
  #fewMs = 0
  #lateMs = 0
  #served = -Infinity
  #servedHead = Infinity

  constructor(options: PaceOptions, deps: PaceDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** @param waiting - batches that no anchor holds */
  leadMs(waiting: number): number {
    const { leadMs } = this.#options
    const leastMs = waiting < TELLING_COUNT ? this.#fewMs : 0
    const makingMs = Math.max(leastMs, waiting * this.#msPerBatch)
    return Math.min(this.#limitMs, leadMs + makingMs * MARGIN + this.#lateMs)
  }

  get #limitMs(): number {
    return Math.max(this.#options.leadMs, this.#deps.engine.info.periodSec * 1_000 * SHARE_LIMIT)
  }

  /**
   * Resolves with 'due' once for each block, and with 'full' as often as an anchor's worth of batches waits.
   *
   * @param waiting - batches that no anchor holds and that one could be made of
   * @throws the signal's reason
   */
  async untilDue(waiting: () => number, signal: AbortSignal): Promise<'due' | 'full'> {
    const { engine, clock } = this.#deps
    for (;;) {
      if (waiting() >= FULL_COUNT) return 'full'
      const at = engine.nextBlockAt()
      const waitMs = at - this.leadMs(waiting()) - clock.now()
      // A clock that was set back would have this wait for long: blocks that pass by tell better.
      const isPassedBy = engine.head.number > this.#servedHead + 1
      if ((at !== this.#served && waitMs <= 0) || isPassedBy) {
        this.#served = at
        this.#servedHead = engine.head.number
        this.#lateMs *= FORGETTING
        return 'due'
      }
      await sleep(clock, at === this.#served ? LOOK_MS : Math.min(waitMs, LOOK_MS), signal)
    }
  }

  /** An anchor of `count` batches took so long from setting out until it could be sent. */
  took(ms: number, count: number): void {
    if (count >= TELLING_COUNT) this.#msPerBatch += (ms / count - this.#msPerBatch) * SMOOTHING
    // Too late costs a whole period, too early next to nothing: what took longer counts at once.
    else this.#fewMs = Math.max(ms, this.#fewMs + (ms - this.#fewMs) * SMOOTHING)
  }

  /** An anchor came too late for the block that it was meant for, which costs a whole period. */
  wasLate(): void {
    // Many can be late for one block: what is kept has to be forgotten again.
    this.#lateMs = Math.min(this.#limitMs, 2 * this.#lateMs + LATE_MS)
  }
}
