import type { Hex } from '@hygeia/protocol/ids'

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
  /** How many requests are turned away. */
  busy?: number
  auditAnchor?: (line: object) => object
}
