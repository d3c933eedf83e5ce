import { CodedError } from '@hygeia/protocol/errors'

export type HostFault =
  /** Something that the command needs and was not told; the message says how to tell it. */
  | { readonly code: 'USAGE' }
  /** A file that would be written over. */
  | { readonly code: 'FILE_EXISTS'; readonly path: string }
  /** The hospital's certificate authority is not the one that was named. */
  | { readonly code: 'WRONG_CA' }

export class HostError extends CodedError<HostFault> {}

export function usage(message: string): HostError {
  return new HostError(message, { code: 'USAGE' })
}
