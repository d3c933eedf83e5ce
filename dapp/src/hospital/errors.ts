import { CodedError } from '@hygeia/protocol/errors'

export type HospitalFault =
  /** No connection, or none within the time allowed. */
  | { readonly code: 'UNREACHABLE'; readonly base: string }
  /** Connected perhaps, but no answer within the time that others need. */
  | { readonly code: 'SILENT'; readonly base: string; readonly limitMs: number }
  /** The hospital said no; `problem` is its own code for why. */
  | { readonly code: 'REFUSED'; readonly status: number; readonly problem: string }
  /** The hospital answered something else than the interface says. */
  | { readonly code: 'BAD_ANSWER'; readonly path: string }
  /** A proxy answered without owning to it in its audit log. */
  | { readonly code: 'NO_AUDIT_ENTRY' }
  /** The hospital is not the one that this profile knows: another chain, Directory, genesis or operator. */
  | { readonly code: 'REALM_CHANGED'; readonly field: string }
  /** The hospital's own keys are not those that the chain holds of it. */
  | { readonly code: 'KEY_SUBSTITUTED'; readonly what: string }

/** Something went wrong between us and a hospital; the message says what to do. */
export class HospitalError extends CodedError<HospitalFault> {}

/** Whether `cause` is the hospital's own refusal with this code. */
export function isRefusal(cause: unknown, problem: string): boolean {
  return cause instanceof HospitalError && cause.detail.code === 'REFUSED' && cause.detail.problem === problem
}

/** Whether `cause` says that nobody is there: another hospital may be asked instead. */
export function isAway(cause: unknown): boolean {
  return cause instanceof HospitalError && (cause.code === 'UNREACHABLE' || cause.code === 'SILENT')
}
