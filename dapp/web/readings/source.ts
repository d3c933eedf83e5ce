import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import type { TimeRange } from '@hygeia/dapp/physician/library'
import type { UnopenedBatch } from '@hygeia/dapp/physician/opening'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import type { ClearBatch } from './timeline.ts'

/** A batch in clear with what it takes to keep it. */
export interface Opened extends ClearBatch {
  readonly header: SealedBatch
  /** 32 bytes; opens it again. */
  readonly dataKey: Uint8Array
  readonly fault?: never
}

/** Where readings come from: a patient's own batches, or what a grant lets a physician open. */
export interface Source {
  /** What there is of a range of time, in chunks. */
  list(range: TimeRange): AsyncGenerator<readonly ListedBatch[]>
  open(listed: readonly ListedBatch[]): AsyncGenerator<Opened | UnopenedBatch>
}
