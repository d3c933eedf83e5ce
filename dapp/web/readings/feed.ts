import type { ListedBatch } from '@hygeia/dapp/hospital/answers'

/** `live`: told of each batch at once; `away`: nobody answers. */
export type FeedState = 'live' | 'away'

export interface FeedListener {
  /** Batches that the hospital has, some perhaps not for the first time. */
  readonly onBatches: (batches: readonly ListedBatch[]) => void
  readonly onAnchored: (cids: readonly string[]) => void
  /** What a grant allows changed, or the audit log grew. */
  readonly onChange: (what: 'grant' | 'audit') => void
  /** @param cause - why nobody answers */
  readonly onState: (state: FeedState, cause?: unknown) => void
}

/** Tells of what arrives at a hospital, until `signal` aborts. */
export interface Feed {
  follow(listener: FeedListener, signal: AbortSignal): Promise<void>
}
