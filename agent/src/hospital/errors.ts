import { CodedError } from '@hygeia/protocol/errors'

export type HospitalFault =
  /** It did not answer in time, or not at all. */
  | { readonly code: 'HOSPITAL_UNREACHABLE'; readonly origin: string }
  /** Whoever answered has no certificate of the pinned CA for this name. */
  | { readonly code: 'HOSPITAL_NOT_PINNED'; readonly host: string; readonly reason: string }
  /** It answered with an error. */
  | { readonly code: 'HOSPITAL_REFUSED'; readonly status: number; readonly problem: string }
  /** It answered with something that is not what was asked for. */
  | { readonly code: 'HOSPITAL_MALFORMED'; readonly what: string }

export class HospitalError extends CodedError<HospitalFault> {}
