import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnixMs } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { z } from 'zod'

const instant = z.int().min(0)

const Restored = z.strictObject({
  /** How often this hospital came back from a backup. */
  times: z.int().min(1),
  madeAt: instant,
  restoredAt: instant,
  /**
   * Where its chain comes from: it `survived` the loss, `peers` have it, or it is as old as the backup, and what was
   * sealed since is `lost`.
   */
  chain: z.enum(['survived', 'peers', 'lost']),
})

/** That a hospital came back from a backup, which stays known for good. */
export interface RestoredMark extends z.infer<typeof Restored> {
  readonly madeAt: UnixMs
  readonly restoredAt: UnixMs
}

const fileIn = (dataDir: string) => join(dataDir, 'restored.json')

export async function writeRestored(dataDir: string, mark: RestoredMark): Promise<void> {
  await writeAtomic(fileIn(dataDir), `${JSON.stringify(mark)}\n`)
}

/** @returns undefined when it never did */
export async function readRestored(dataDir: string): Promise<RestoredMark | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    return undefined
  })
  return text === undefined ? undefined : (Restored.parse(JSON.parse(text)) as RestoredMark)
}

/** A validator dates no block further ahead of its clock. @see MAX_AHEAD_MS of the embedded sealer */
const AHEAD_SEC = 15

/**
 * Seconds since the Unix epoch that no block which was lost is dated after; undefined when none was.
 *
 * The chain passes every height that it ever had before it takes an anchor: no receipt names a block by a number that
 * an earlier receipt names another block by.
 */
export function lostUntil(mark: RestoredMark | undefined): number | undefined {
  return mark?.chain === 'lost' ? Math.ceil(mark.restoredAt / 1_000) + AHEAD_SEC : undefined
}

/** More than a hospital signs between two losses of its disk. */
const ENTRIES = 1_000_000_000

/** Where the audit log goes on, past every index that was signed and lost. */
export function firstIndexOf(mark: RestoredMark | undefined): number {
  return (mark?.times ?? 0) * ENTRIES
}
