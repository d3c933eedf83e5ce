import { SECOND_MS } from '@hygeia/protocol/units'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { ChainEngine } from './engine.ts'

/** A head this many periods old is that of a chain that goes on elsewhere. */
const STALE_PERIODS = 3
/** A node that got no block for so long has nobody to get one from. */
const QUIET_MS = 30 * SECOND_MS
const LOOK_MS = 500
const TELL_MS = 5 * SECOND_MS

export interface CaughtUpDeps {
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Wait for a node that was away, or is new, to have the blocks that others sealed meanwhile.
 *
 * Resolves once its head is a few periods old at most, or when no block came for 30 s: a chain that stands still everywhere
 * must not keep a hospital from starting.
 */
export async function caughtUp(
  engine: Pick<ChainEngine, 'head' | 'info'>,
  { clock, log }: CaughtUpDeps,
): Promise<void> {
  const staleMs = STALE_PERIODS * engine.info.periodSec * SECOND_MS
  const never = new AbortController().signal
  let number = engine.head.number
  let movedAt = clock.monotonic()
  let toldAt = clock.monotonic()
  while (clock.now() - engine.head.timestamp * SECOND_MS > staleMs) {
    const now = clock.monotonic()
    if (engine.head.number !== number) {
      number = engine.head.number
      movedAt = now
    }
    if (now - movedAt >= QUIET_MS) {
      log.warn({ block: number }, 'no block comes from other hospitals: going on with what is here')
      return
    }
    if (now - toldAt >= TELL_MS) {
      toldAt = now
      log.info({ block: number }, 'waiting for the blocks that other hospitals sealed')
    }
    await sleep(clock, LOOK_MS, never)
  }
}
