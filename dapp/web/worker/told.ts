import type { Address } from '@hygeia/protocol/ids'
import type { FeedState } from '../readings/feed.ts'
import type { ExportCount } from './export-desk.ts'
import type { Complaint } from './wire.ts'

/** What the worker tells pages by itself. */
export interface Events {
  /** Readings, or where they are, changed. */
  readings: { readonly isStoreFull: boolean }
  /** Whether anybody tells us anything; `at` in ms since the Unix epoch. */
  feed: { readonly state: FeedState; readonly at: number; readonly cause?: Complaint }
  /** The patient's permissions or the audit log changed. */
  notice: { readonly what: 'grant' | 'audit' }
  /** What waits to be sent changed; `trouble` is why sending it was given up, or why some of it never goes. */
  entries: { readonly waiting: number; readonly trouble?: Complaint }
  /** How far an export is. */
  export: ExportCount
  /** How far a physician's export is: batches written, and how many are known of so far. */
  spanExport: { readonly done: number; readonly known: number }
  /** Somebody at this hospital is waited for to sign that an emergency be opened. */
  witness: { readonly hospital: Address }
}

export type Told = <E extends keyof Events>(event: E, value: Events[E]) => void
