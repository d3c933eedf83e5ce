import type { Sample } from '@hygeia/protocol/sample'
import type { AgentConfig } from '../config/config.ts'
import type { EnteredReading, EntryFault } from '../pipeline/messages.ts'
import type { CoreStatus } from '../workers/messages.ts'

/** What a node was last told of its place in the pipeline. */
export type NodeState =
  | { readonly kind: 'running' }
  /** The flow was deployed and this node, or another, kept it from being the pipeline. */
  | { readonly kind: 'refused'; readonly message: string; readonly isHere: boolean }

/** What the nodes get of the agent, as `RED.settings.hygeia`. Each `on…` returns how to listen no more. */
export interface NodeHost {
  /** Samples of one channel. Who comes late to alarms and scores is told first those that hold. */
  onSamples(channel: string, listener: (sample: Sample) => void): () => void
  /** How many samples of one channel were not handed out, because Node-RED was busy. */
  onDropped(channel: string, listener: (count: number) => void): () => void
  onStatus(listener: (status: CoreStatus) => void): () => void
  onState(node: string, listener: (state: NodeState) => void): () => void
  onRefused(source: string, listener: (fault: EntryFault) => void): () => void
  /** Hand a reading to the core. */
  enter(entered: EnteredReading): void
  /** Whether this channel of the core's is recorded only as the user's nodes hand it back. */
  isReplaced(channel: string): boolean
  /** Somebody has seen the alarm of this name. */
  acknowledge(alarm: string): void
  /** As the agent was started with. */
  readonly config: AgentConfig
}
