import type { FragKeys } from '@hygeia/protocol/umbral/kfrag'

/** What the pool tells a worker. */
export type ToWorker =
  | {
      readonly kind: 'reencrypt'
      readonly id: number
      /** Names the fragment, so that it is verified once and not for every message. */
      readonly name: string
      readonly kfrag: Uint8Array
      readonly keys: FragKeys
      /** Capsules of 105 bytes, joined. */
      readonly capsules: Uint8Array<ArrayBuffer>
    }
  | {
      readonly kind: 'verify'
      readonly id: number
      readonly frags: readonly { readonly kfrag: Uint8Array; readonly keys: FragKeys }[]
    }
  /** Drop every fragment whose name begins with `prefix`. */
  | { readonly kind: 'forget'; readonly id: number; readonly prefix: string }

/** What a worker answers. */
export type FromWorker =
  /** cfrags of 381 bytes, joined, in the order of the capsules. */
  | { readonly kind: 'cfrags'; readonly id: number; readonly cfrags: Uint8Array<ArrayBuffer> }
  /** Index of the first fragment that is not genuine. */
  | { readonly kind: 'verified'; readonly id: number; readonly bad: number | undefined }
  | { readonly kind: 'forgotten'; readonly id: number; readonly held: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }

export interface WorkerStart {
  /** Most verified fragments that a worker keeps. */
  readonly cacheLimit: number
}

/** Bytes of an Umbral capsule fragment. */
export const CFRAG_BYTES = 381
