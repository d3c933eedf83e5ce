import { hash } from 'node:crypto'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'

/** Manifests that one question between hospitals may be about. */
export const QUESTION_LIMIT = 64

/**
 * Which batch of a manifest a nonce asks for. The nonce is new each time, so that who does not hold all of a manifest
 * is found out sooner or later.
 */
export function challengedIndex(nonce: Hex32, count: number): number {
  return Buffer.from(fromHex(nonce)).readUInt32BE(0) % count
}

/** What only somebody with the batch's bytes can say: SHA-256 over the nonce and the bytes. */
export function proofOfHolding(nonce: Hex32, block: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([fromHex(nonce), block]), 'buffer')
}
