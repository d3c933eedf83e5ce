import type { SignedRefusal } from '@hygeia/protocol/device-link/refusal'
import type { Hex, Hex32 } from '@hygeia/protocol/ids'

/** Where a test makes the hospital lie. */
export interface Lies {
  physicianKey?: { receivingKey: Hex; signature: Hex }
  block?: (cid: string, block: Uint8Array) => Uint8Array | undefined
  cfrag?: (cfrag: Uint8Array) => Uint8Array
  grants?: (list: unknown[]) => unknown[]
  labelKeys?: (bytes: Uint8Array) => Uint8Array
  offer?: (bytes: Uint8Array) => Uint8Array
  isRelayDropped?: boolean
  realm?: object
  /** No connection, or one on which nothing ever comes. */
  reach?: 'away' | 'frozen'
  /** Every answer comes so much later, ms. */
  delayMs?: number
  /** Grant whose fragments are used instead of those of the grant asked for. */
  dealing?: Hex32
  /** Capsules (hex) whose cfrags are kept back. */
  withheld?: (capsule: string) => boolean
  /** An answer whose audit entry is another's. */
  auditEntry?: (entry: Uint8Array) => Uint8Array
  /** How many requests are turned away. */
  busy?: number
  /** A batch is refused, in these words. */
  refusal?: (signed: SignedRefusal) => SignedRefusal
  auditAnchor?: (line: object) => object
}
