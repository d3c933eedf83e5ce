import type { Incarnation } from '@hygeia/protocol/ids'
import type { Priority } from '@hygeia/protocol/sealed/header'

/** A sealed batch that is to be sent. */
export interface Outgoing {
  readonly id: number
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly priority: Priority
  readonly block: Uint8Array
}

/** Where batches wait: the oldest of each priority after those that were taken from it. */
export interface Outbox {
  after(priority: Priority, afterId: number, limit: number): readonly Outgoing[]
  /** @returns undefined when it has left */
  read(id: number): Outgoing | undefined
}

/** A batch that waits, without its bytes. */
export interface Waiting extends Pick<Outgoing, 'id' | 'incarnation' | 'sequence'> {
  /** Since it was sealed, in ms; unknown for one that an earlier process sealed. */
  readonly ageMs: number | undefined
}
