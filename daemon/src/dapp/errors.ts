import { CodedError } from '@hygeia/protocol/errors'

export type DappFault =
  | { readonly code: 'DAPP_MANIFEST'; readonly folder: string }
  /** A file is missing, or is not the one that the manifest names. */
  | { readonly code: 'DAPP_ALTERED'; readonly folder: string; readonly path: string }
  | { readonly code: 'DAPP_TOO_LARGE'; readonly folder: string; readonly limitBytes: number }

export class DappError extends CodedError<DappFault> {}
