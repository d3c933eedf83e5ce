import type { UnixMs } from '@hygeia/protocol/units'
import type { HistogramSnapshot } from '../health/histogram.ts'
import type { RecordingStep } from '../spool/room.ts'
import type { SpoolStats } from '../spool/spool.ts'
import type { FailOverStatus } from '../uplink/fail-over.ts'
import type { PipelineStats } from './pipeline.ts'

/** How the delivering half of an agent is. */
export interface DeliveryStatus {
  readonly pipeline: PipelineStats
  readonly spool: SpoolStats & {
    readonly incarnation: string
    readonly headSequence: number
    /** The database was new, a copy, put back or damaged: a new incarnation was begun at this start or since. */
    readonly isNewLife: boolean
    /** What its fill leaves to be recorded. */
    readonly recording: RecordingStep
  }
  readonly uplink: FailOverStatus & {
    readonly inFlight: number
    readonly awaiting: number
    readonly sent: number
  }
  readonly receipts: ReceiptStats
  readonly labelKeys: {
    readonly serial: number
    readonly daysLeft: number
    /** By category: end of its last key. */
    readonly ends: Readonly<Record<string, UnixMs>>
    /** Categories that go under their last label, because there is none for their month. */
    readonly exhausted: readonly string[]
  }
}

export interface ReceiptStats {
  readonly count: number
  readonly lastAt: UnixMs | undefined
  /** Answers that were not signed by the hospital, or not proven. */
  readonly forged: number
  /** From sealed to receipt verified. */
  readonly latency: HistogramSnapshot
}
