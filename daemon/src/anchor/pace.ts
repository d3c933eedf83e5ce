import type { Clock } from '@hygeia/runtime/clock'
import { sleep } from '@hygeia/runtime/clock'
import type { ChainEngine } from '../chain/engine.ts'

export interface PaceOptions {
  /** How long before a block is due its anchor sets out, ms; grows when anchors come too late. */
  readonly leadMs: number
}

export interface PaceDeps {
  readonly engine: Pick<ChainEngine, 'nextBlockAt' | 'info' | 'head'>
  readonly clock: Clock
}

/** Never more of a period than this share goes into the lead. */
const SHARE_LIMIT = 0.4
/** While a block is overdue. */
const OVERDUE_MS = 50
const LONGEST_WAIT_MS = 1_000

/** Says when to set out for each block: late enough to take much along, early enough to get in. */
export class Pace {
  readonly #options: PaceOptions
  readonly #deps: PaceDeps
  #leadMs: number
  #served = -Infinity
  #servedHead = Infinity

  constructor(options: PaceOptions, deps: PaceDeps) {
    this.#options = options
    this.#deps = deps
    this.#leadMs = options.leadMs
  }

  get leadMs(): number {
    return this.#leadMs
  }

  /** Resolves once for each block, `leadMs` before it is due. @throws the signal's reason */
  async untilDue(signal: AbortSignal): Promise<void> {
    const { engine, clock } = this.#deps
    for (;;) {
      const at = engine.nextBlockAt()
      const now = clock.now()
      const waitMs = at - this.#leadMs - now
      // A clock that was set back would have this wait for long: blocks that pass by tell better.
      const isPassedBy = engine.head.number > this.#servedHead + 1
      if ((at !== this.#served && waitMs <= 0) || isPassedBy) {
        this.#served = at
        this.#servedHead = engine.head.number
        return
      }
      const nextMs = at === this.#served ? Math.max(at - now + 1, OVERDUE_MS) : waitMs
      await sleep(clock, Math.min(nextMs, LONGEST_WAIT_MS), signal)
    }
  }

  /** An anchor got into the block that it was meant for, or came too late for it. */
  report(wasLate: boolean): void {
    const limitMs = Math.max(this.#options.leadMs, this.#deps.engine.info.periodSec * 1_000 * SHARE_LIMIT)
    // Up at once, down slowly: being late costs a whole period.
    this.#leadMs = wasLate
      ? Math.min(limitMs, this.#leadMs * 1.5)
      : Math.max(this.#options.leadMs, this.#leadMs * 0.98)
  }
}
