import { CodedError } from '@hygeia/protocol/errors'

export type IpfsFault =
  /** The blockstore did not take or give a block. */
  | { readonly code: 'IPFS_DOWN' }
  | { readonly code: 'IPFS_NOT_HELD' }
  /** The bytes are not those that the CID names: a disk that rots, or a node that lies. */
  | { readonly code: 'IPFS_WRONG_BLOCK' }
  /** Only DAG-CBOR with SHA-256 is exchanged between hospitals. */
  | { readonly code: 'IPFS_FOREIGN_BLOCK' }
  /** This node was told to keep to itself. */
  | { readonly code: 'IPFS_ALONE' }
  /** Not a swarm key as `ipfs-swarm-key-gen` writes it. */
  | { readonly code: 'SWARM_KEY_INVALID'; readonly path: string }
  /** Not a token for Kubo's API. */
  | { readonly code: 'IPFS_SECRET_INVALID'; readonly path: string }
  /** Kubo ended, or did not answer, after it was started. */
  | { readonly code: 'KUBO_SILENT' }
  /** Kubo's folder cannot be made or is not one. */
  | { readonly code: 'KUBO_REPO'; readonly path: string }

export class IpfsError extends CodedError<IpfsFault> {}
