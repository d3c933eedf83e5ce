import type { UnixMs } from '@hygeia/protocol/units'
import type { Head } from '../engine.ts'

/** geth looks no more often than this for transactions while it waits to seal a block. */
const LEAST_MS = 1_000
/** Between the last look and the block: blocks come some time after they are due, and the looks are counted from there. */
const BEFORE_DUE_MS = 250
/** What is sent must be with the other validators before the look; and a block is heard of some time after geth has it. */
const AHEAD_MS = 100

/** Longer than any block takes. */
const NEVER_MS = 60_000

/**
 * How often geth is to look for transactions: so that it does a last time shortly before a block is due, however the
 * period is divided.
 *
 * @see go-ethereum 1.13.15, miner/worker.go, `newWorkLoop`: the timer begins anew with each block
 */
export function recommitMs(periodSec: number): number {
  const spanMs = periodSec * 1_000 - BEFORE_DUE_MS
  // A look that comes when a block is sealed and not the newest yet has a second one sealed in its place.
  if (spanMs < LEAST_MS) return NEVER_MS
  return Math.floor(spanMs / Math.floor(spanMs / LEAST_MS))
}

/**
 * When geth looks for the transactions of the block after `head` the last time, less what it takes to be seen. Blocks of a
 * second are filled when they are begun and never after: then it is when the block before is due.
 */
export function lastLookAt(head: Pick<Head, 'timestamp' | 'at'>, periodSec: number): UnixMs {
  const due = (head.timestamp + periodSec) * 1_000
  const everyMs = recommitMs(periodSec)
  if (everyMs >= periodSec * 1_000) return due as UnixMs
  const looks = Math.max(0, Math.floor((due - head.at) / everyMs))
  return (head.at + looks * everyMs - AHEAD_MS) as UnixMs
}
