import type { OpenedBatch } from '../physician/opening.ts'

/** Turns opened batches into text as they come. */
export interface ReadingsWriter {
  /** What goes before the first batch. */
  readonly head: string
  add(opened: OpenedBatch): string
  /** What goes after the last. */
  end(): string
}
