import { CodedError } from '@hygeia/protocol/errors'

export type RuntimeFault =
  /** A file that the program needs is not there or cannot be read. */
  | { readonly code: 'FILE_UNREADABLE'; readonly path: string }
  /** A file that must not be replaced is there already. */
  | { readonly code: 'FILE_EXISTS'; readonly path: string }
  /** A secret that others on this machine could read. */
  | { readonly code: 'FILE_EXPOSED'; readonly path: string; readonly mode: number }
  /** A file whose content is not what it should be; `problems` names every field at fault. */
  | { readonly code: 'FILE_INVALID'; readonly path: string; readonly problems: readonly string[] }

/** Something on this machine that its owner can put right; the message says what to do. */
export class RuntimeError extends CodedError<RuntimeFault> {}
