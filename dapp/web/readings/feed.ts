import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import type { Hex32 } from '@hygeia/protocol/ids'

/** `live`: told of each batch at once; `away`: nobody answers. */
export type FeedState = 'live' | 'away'

/** A grant of which something is told. */
export interface ChangedGrant {
  readonly hash: Hex32
  readonly standing: string
}

export interface FeedListener {
  /** Batches that the hospital has, some perhaps not for the first time. */
  readonly onBatches: (batches: readonly ListedBatch[]) => void
  readonly onAnchored: (cids: readonly string[]) => void
  /** What a grant allows changed, or the audit log grew. @param grant - which, by the hospital's word */
  readonly onChange: (what: 'grant' | 'audit', grant?: ChangedGrant) => void
  /** @param cause - why nobody answers */
  readonly onState: (state: FeedState, cause?: unknown) => void
}

/** Tells of what arrives at a hospital, until `signal` aborts. */
export interface Feed {
  follow(listener: FeedListener, signal: AbortSignal): Promise<void>
}
