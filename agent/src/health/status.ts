import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import type { AgentConfig } from '../config/config.ts'
import type { DeliveryStatus } from '../delivery/status.ts'
import type { SamplingStatus } from '../workers/messages.ts'
import { type Problem, problemsOf } from './problems.ts'

/** How the agent is, as it is written to the status file and shown by `status`. */
export interface AgentStatus {
  readonly version: 1
  readonly at: UnixMs
  readonly pid: number
  readonly state: 'starting' | 'running' | 'finished' | 'stopping'
  readonly device: Address
  readonly memoryMb: number
  readonly sampling: SamplingStatus | undefined
  readonly delivery: DeliveryStatus | undefined
  readonly problems: readonly Problem[]
}

export interface StatusParts {
  readonly pid: number
  readonly memoryMb: number
  readonly at: UnixMs
  readonly state: AgentStatus['state']
  readonly device: Address
  readonly sampling: SamplingStatus | undefined
  readonly delivery: DeliveryStatus | undefined
}

export function composeStatus(parts: StatusParts, { seal }: Pick<AgentConfig, 'seal'>): AgentStatus {
  return {
    version: 1,
    ...parts,
    problems: problemsOf(parts, seal.warnDays),
  }
}
