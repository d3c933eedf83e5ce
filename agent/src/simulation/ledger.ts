import { appendFileSync, openSync } from 'node:fs'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'

/** What a chip handed out at an instant, as bytes on its bus. */
export interface LedgerEntry {
  readonly sensor: string
  readonly atUnixMs: UnixMs
  readonly atMonotonicMs: MonotonicMs
  /** Hex; none for a value that was gone before anybody read it. */
  readonly bytes: string
}

/** Appends entries to a file, a line of JSON each, before the chip's answer is on the bus: a kill loses none. */
export function fileLedger(path: string): (entry: LedgerEntry) => void {
  const file = openSync(path, 'a')
  return (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`)
}
