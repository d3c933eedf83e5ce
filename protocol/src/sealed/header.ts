import type { Address, Incarnation } from '../ids.ts'
import type { Label } from '../label.ts'
import type { UnixMs } from '../units.ts'

/** Lower goes first. */
export const PRIORITIES = ['alert', 'vitals', 'ecg', 'rest'] as const
export type Priority = (typeof PRIORITIES)[number]

/** What everyone may see of a sealed batch; authenticated, and signed by the device. */
export interface SealedHeader {
  readonly device: Address
  readonly label: Label
  readonly incarnation: Incarnation
  /** Rises within an incarnation; gaps are legal. 0 to 2^53−1. */
  readonly sequence: number
  /** CID of the device's previous batch, 36 bytes; absent for the first of an incarnation. */
  readonly prev: Uint8Array | undefined
  /** First and last sample; an estimate while `isDated` is false. */
  readonly from: UnixMs
  readonly to: UnixMs
  /** False when the device's clock was not synchronised. */
  readonly isDated: boolean
  readonly priority: Priority
  /** Umbral capsule of the data key, 105 bytes. */
  readonly capsule: Uint8Array
  /** The data key under the label key, 72 bytes. */
  readonly wrappedKey: Uint8Array
}

/** A sealed batch taken apart. */
export interface SealedBatch extends SealedHeader {
  /** Padded batch under ChaCha20-Poly1305, tag last: a multiple of 64 bytes. */
  readonly ciphertext: Uint8Array
  /** By the device, 64 bytes. */
  readonly signature: Uint8Array
}
