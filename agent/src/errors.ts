import { CodedError } from '@hygeia/protocol/errors'

export type AgentFault =
  /** Nobody's device yet. */
  | { readonly code: 'NOT_PAIRED' }
  /** No status to show. */
  | { readonly code: 'NOT_STARTED' }
  /** The running agent refused what it was asked. */
  | { readonly code: 'REFUSED'; readonly fault: string }
  /** Another agent has this state directory. */
  | { readonly code: 'ALREADY_RUNNING'; readonly stateDir: string }
  /** The paired device is not the one that this key belongs to. */
  | { readonly code: 'OTHER_KEY' }
  /** A worker could not start or go on, for a reason that it could name. */
  | { readonly code: 'PART_FAILED'; readonly part: string; readonly fault: string }
  /** The hospital has no door of the configured kind. */
  | { readonly code: 'NO_SUCH_UPLINK'; readonly kind: 'mqtt' | 'coap' }

export class AgentError extends CodedError<AgentFault> {}
