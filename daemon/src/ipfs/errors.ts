import { CodedError } from '@hygeia/protocol/errors'

export type IpfsFault =
  /** The blockstore did not take or give a block. */
  | { readonly code: 'IPFS_DOWN' }
  | { readonly code: 'IPFS_NOT_HELD' }
  /** Only DAG-CBOR with SHA-256 is exchanged between hospitals. */
  | { readonly code: 'IPFS_FOREIGN_BLOCK' }
  /** This node was told to keep to itself. */
  | { readonly code: 'IPFS_ALONE' }
  /** Not a swarm key as `ipfs-swarm-key-gen` writes it. */
  | { readonly code: 'SWARM_KEY_INVALID'; readonly path: string }

export class IpfsError extends CodedError<IpfsFault> {}
