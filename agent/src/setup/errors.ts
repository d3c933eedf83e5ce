import { CodedError } from '@hygeia/protocol/errors'

export type SetupFault =
  /** What it changes belongs to root. */
  | { readonly code: 'NOT_ROOT' }
  /** Nobody is there to ask, and nothing says what to answer. */
  | { readonly code: 'NOBODY_TO_ASK' }
  /** Nothing was set up yet. */
  | { readonly code: 'NO_CONFIG'; readonly path: string }
  /** A unit that names it would not start. */
  | { readonly code: 'GROUP_MISSING'; readonly group: string }
  /** A program of the system did not do what it was asked for. */
  | { readonly code: 'PROGRAM_FAILED'; readonly program: string }
  /** A key in the clear and an encrypted one, and they differ: which is the device's, only its owner knows. */
  | { readonly code: 'TWO_KEYS'; readonly plain: string; readonly sealed: string }

export class SetupError extends CodedError<SetupFault> {}
