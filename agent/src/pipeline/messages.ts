import { MISSING, type Sample } from '@hygeia/protocol/sample'
import * as z from 'zod'
import { PipelineDocument } from './document.ts'

/** From the core to Node-RED. */
export type FromCore =
  /** `dropped`: how many found no room because Node-RED was busy, the oldest first; by channel, since the core started. */
  | { readonly kind: 'samples'; readonly samples: readonly Sample[]; readonly dropped: Dropped }
  /** What runs now; `id` is that of the deploy this answers, `fault` why it was not taken. */
  | {
      readonly kind: 'running'
      readonly document: PipelineDocument
      readonly id?: number
      readonly fault?: string
    }
  /** A reading that came in by a *record* node was not taken. */
  | { readonly kind: 'refused'; readonly source: string; readonly fault: EntryFault }

export type Dropped = Readonly<Record<string, number>>

export type EntryFault =
  | 'UNKNOWN_CHANNEL'
  /** The core records this channel of a sensor itself. */
  | 'RECORDED_RAW'
  /** Another node has given values of this channel. */
  | 'OTHER_SOURCE'
  /** More than ten minutes ago, or still to come. */
  | 'OUT_OF_TIME'
  /** Not after the value of this channel before it. */
  | 'NOT_RISING'
  | 'NO_ROOM'

/** A reading from the user's nodes. */
export const EnteredReading = z.strictObject({
  channel: z.string().max(64),
  /** Which node it came from, so that two under one channel are told apart. */
  source: z.string().min(1).max(64),
  /** Monotonic ms; now unless told. */
  at: z.int().min(0).optional(),
  reading: z.union([z.strictObject({ value: z.number() }), z.strictObject({ missing: z.enum(MISSING) })]),
})
export type EnteredReading = z.infer<typeof EnteredReading>

/** From Node-RED to the core. It runs code of the user's, so what comes is checked like anything from outside. */
export const ToCore = z.discriminatedUnion('kind', [
  /** The last samples were taken. */
  z.strictObject({ kind: z.literal('more') }),
  z.strictObject({ kind: z.literal('enter'), entered: EnteredReading }),
  /** Somebody has seen the alarm. */
  z.strictObject({ kind: z.literal('acknowledge'), alarm: z.string().max(64) }),
  z.strictObject({ kind: z.literal('deploy'), id: z.int().min(0), document: PipelineDocument }),
])
export type ToCore = z.infer<typeof ToCore>
