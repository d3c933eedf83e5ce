import type { MessagePort } from 'node:worker_threads'
import type { AlarmPriority } from '@hygeia/protocol/alarm/alarm'
import type { Chunk } from '../batch/gathering.ts'
import type { AgentConfig } from '../config/config.ts'
import type { ControlAnswer, ControlRequest } from '../control/request.ts'
import type { Recording } from '../delivery/pipeline.ts'
import type { DeliveryStatus } from '../delivery/status.ts'
import type { SensorCount } from '../health/standing.ts'
import type { PipelineDocument } from '../pipeline/document.ts'
import type { SamplerStatus } from '../sampling/sampler.ts'
import type { RecordingStep } from '../spool/room.ts'

/** What the supervisor hands to each worker. */
export interface WorkerInit {
  readonly config: AgentConfig
  /** What the core runs to begin with; `config` is as it was written. */
  readonly pipeline: PipelineDocument
  /** The other worker. */
  readonly port: MessagePort
}

/** From the worker that samples to the one that delivers. */
export type SampleMessage =
  | { readonly kind: 'chunk'; readonly number: number; readonly chunk: Chunk }
  /** How what comes after is recorded. */
  | { readonly kind: 'recording'; readonly recording: Recording }
  /** The recording ended: seal what there is. */
  | { readonly kind: 'end' }

/** And back: everything up to this chunk was taken, and is on the disk if it says so. */
export interface TakenMessage {
  readonly kind: 'taken'
  readonly number: number
  readonly isDurable: boolean
}

/** And: what there is room to record from now on. */
export interface RoomMessage {
  readonly kind: 'room'
  readonly step: RecordingStep
}

export interface SamplingStatus extends SamplerStatus {
  /** Samples that went on to be recorded, by channel. */
  readonly samples: Readonly<Record<string, number>>
  /** And that were taken and not recorded, for want of room. */
  readonly notRecorded: Readonly<Record<string, number>>
  readonly isSynchronised: boolean
  /** Alarms that are on, by priority; what they are about is the patient's. */
  readonly alarms: Readonly<Record<AlarmPriority, number>>
  /** Parts of the bedside alarm that cannot be had. */
  readonly alarmAway: readonly string[]
  /** Channels of infrared light whose sensor looks as if its LEDs were in each other's place. */
  readonly doubtful: readonly string[]
  readonly atMonotonicMs: number
  readonly atUnixMs: number
  /** Whether the next stage keeps it from taking samples; never where time cannot be held meanwhile. */
  readonly isHeldBack: boolean
  /** When the recording that is played ends, on the clock of `atMonotonicMs`. */
  readonly endsAtMonotonicMs: number | undefined
  readonly hasEnded: boolean
}

/** How the core is, as the *status* node shows it. */
export interface CoreStatus {
  readonly sampling: SamplingStatus | undefined
  readonly delivery: DeliveryStatus | undefined
}

/** What the supervisor hands to the worker that Node-RED runs in. */
export interface EditorInit {
  readonly config: AgentConfig
  readonly pipeline: PipelineDocument
  /** The sampling worker. */
  readonly port: MessagePort
  /** Show the flows and start none: it died of them again and again. */
  readonly isSafe: boolean
}

/** From the supervisor to it; each is answered by a beat before the next is sent. */
export type EditorOrder = { readonly kind: 'core'; readonly status: CoreStatus } | { readonly kind: 'stop' }

export type EditorReport =
  | { readonly kind: 'beat' }
  /** Port that it listens on, none when headless, and its certificate's, where it has one. */
  | { readonly kind: 'ready'; readonly port: number | undefined; readonly fingerprint: string | undefined }
  | { readonly kind: 'failed'; readonly message: string }

/** From a worker to the supervisor. */
export type WorkerReport =
  | { readonly kind: 'sampling'; readonly status: SamplingStatus }
  | { readonly kind: 'delivery'; readonly status: DeliveryStatus }
  /** The recording ended and every receipt is in. */
  | { readonly kind: 'finished' }
  /** It cannot start or go on, for a reason that its owner can do something about. */
  | { readonly kind: 'failed'; readonly fault: string; readonly message: string }
  | { readonly kind: 'control'; readonly number: number; readonly answer: ControlAnswer }
  /** Quiet, after it was told to stop. */
  | { readonly kind: 'stopped' }

/** From the supervisor to a worker. */
export type WorkerOrder =
  | { readonly kind: 'stop' }
  /** To the one that delivers: how many sensors answer, for the hospital to know. */
  | { readonly kind: 'sensors'; readonly count: SensorCount }
  /** To the one that samples: somebody at this machine asks. */
  | { readonly kind: 'control'; readonly number: number; readonly request: ControlRequest }
  /** To the sampling worker: Node-RED runs at the other end of this port. */
  | { readonly kind: 'editor'; readonly port: MessagePort }
