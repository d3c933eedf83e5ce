import type { AgentConfig } from '../config/config.ts'
import type { EnteredReading, EntryFault, TappedSample } from '../pipeline/messages.ts'
import type { CoreStatus } from '../workers/messages.ts'

/** What a node was last told of its place in the pipeline. */
export type NodeState =
  | { readonly kind: 'running' }
  /** The flow was deployed and this node, or another, kept it from being the pipeline. */
  | { readonly kind: 'refused'; readonly message: string; readonly isHere: boolean }

/** What the nodes get of the agent, as `RED.settings.hygeia`. Each `on…` returns how to listen no more. */
export interface NodeHost {
  onSamples(sensor: string, listener: (tapped: TappedSample) => void): () => void
  onStatus(listener: (status: CoreStatus) => void): () => void
  onState(node: string, listener: (state: NodeState) => void): () => void
  onRefused(source: string, listener: (fault: EntryFault) => void): () => void
  /** Hand a reading to the core. */
  enter(entered: EnteredReading): void
  /** As the agent was started with. */
  readonly config: AgentConfig
}
