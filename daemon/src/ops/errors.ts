import { CodedError } from '@hygeia/protocol/errors'

export type ProposalFault =
  | { readonly code: 'PROPOSAL_UNKNOWN' }
  /** Carried out, rejected, or past its end. */
  | { readonly code: 'PROPOSAL_CLOSED'; readonly state: string }
  | { readonly code: 'PROPOSAL_EXISTS'; readonly id: string }
  | { readonly code: 'PROPOSAL_LIMIT'; readonly limit: number }
  /** Whoever proposes something does not approve it. */
  | { readonly code: 'SECOND_PERSON' }

export class ProposalError extends CodedError<ProposalFault> {}
