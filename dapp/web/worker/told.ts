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
}

export type Told = <E extends keyof Events>(event: E, value: Events[E]) => void
