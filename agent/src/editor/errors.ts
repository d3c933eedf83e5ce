import { CodedError } from '@hygeia/protocol/errors'

export type EditorFault =
  /** Nobody set a password yet. */
  | { readonly code: 'NO_PASSWORD'; readonly path: string }
  /** Others may read the hash. */
  | { readonly code: 'PASSWORD_EXPOSED'; readonly path: string }
  /** The file holds no bcrypt hash. */
  | { readonly code: 'PASSWORD_INVALID'; readonly path: string }
  /** Too short, too long, or not the same twice. */
  | { readonly code: 'PASSWORD_REFUSED' }

export class EditorError extends CodedError<EditorFault> {}
