import { CodedError } from '@hygeia/protocol/errors'

export type ExternalBrokerFault =
  /** It let the daemon in, and not listen: its ACL is for somebody else. */
  | { readonly code: 'BROKER_SUBSCRIPTION'; readonly topic: string }
  /** The connection ended. */
  | { readonly code: 'BROKER_LOST' }

export class ExternalBrokerError extends CodedError<ExternalBrokerFault> {}
