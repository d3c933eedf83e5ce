import { CodedError } from '@hygeia/protocol/errors'

export type StaffFault =
  | { readonly code: 'STAFF_UNREADABLE'; readonly path: string }
  | { readonly code: 'STAFF_LIMIT'; readonly limit: number }

export class StaffError extends CodedError<StaffFault> {}
