import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeCbor } from '../cbor.ts'
import { rawOf } from '../fields.ts'
import type { SealedHeader } from './header.ts'

/** Bytes of a data key, fresh for every label and key epoch. */
export const DATA_KEY_BYTES = 32

/**
 * Key of one batch. Device, label, incarnation and sequence never come together twice, so it is used once.
 *
 * @param dataKey - 32 bytes
 * @see RFC 5869
 */
export function batchKey(
  dataKey: Uint8Array,
  {
    device,
    label,
    incarnation,
    sequence,
  }: Pick<SealedHeader, 'device' | 'label' | 'incarnation' | 'sequence'>,
): Uint8Array {
  const info = encodeCbor(['hygeia/batch/1', rawOf(device), label, rawOf(incarnation), sequence])
  return hkdf(sha256, dataKey, undefined, info, 32)
}
