import { CodedError } from '@hygeia/protocol/errors'

export type DiskFault =
  /** No room for another page; nothing of the transaction was kept. */
  | { readonly code: 'DISK_FULL' }
  /** The disk did not do what it was told; nothing of the transaction was kept. */
  | { readonly code: 'DISK_FAULT'; readonly sqlite: number }
  /** Written by a later version of this program. */
  | { readonly code: 'DISK_NEWER'; readonly path: string; readonly version: number }

export class DiskError extends CodedError<DiskFault> {}

/** Whether waiting may help: the transaction was undone and can be tried again. */
export function isDiskTrouble(cause: unknown): cause is DiskError {
  return cause instanceof DiskError && cause.detail.code !== 'DISK_NEWER'
}
