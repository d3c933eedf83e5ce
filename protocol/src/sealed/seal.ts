import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { MalformedError } from '../errors.ts'
import type { Signer } from '../signature.ts'
import { cidOf } from './cid.ts'
import { associatedData, decodeSealed, encodeSealed, SEALED_LIMIT_BYTES } from './codec.ts'
import type { SealedBatch, SealedHeader } from './header.ts'
import { batchKey } from './key.ts'

// Each batch key is used once, so the nonce has nothing to tell apart.
const ZERO_NONCE = new Uint8Array(12)

/**
 * Seal a padded batch.
 *
 * @param padded - from `encodeBatch`
 * @param digest - from `sealedDigester` for the realm that the device belongs to
 * @returns the block and its CID
 * @throws {RangeError} when the block would be over 64 KiB
 * @throws {MalformedError} when the header is not one that `decodeSealed` takes
 */
export function sealBatch(
  padded: Uint8Array,
  header: SealedHeader,
  dataKey: Uint8Array,
  signer: Signer,
  digest: (header: SealedHeader, ciphertext: Uint8Array) => Uint8Array,
): { readonly block: Uint8Array; readonly cid: Uint8Array } {
  const ciphertext = chacha20poly1305(batchKey(dataKey, header), ZERO_NONCE, associatedData(header)).encrypt(
    padded,
  )
  const block = encodeSealed({ ...header, ciphertext, signature: signer.sign(digest(header, ciphertext)) })
  if (block.length > SEALED_LIMIT_BYTES)
    throw new RangeError(`${block.length} bytes sealed, at most ${SEALED_LIMIT_BYTES}`)
  // What a hospital would have to refuse must not leave: it would be refused for ever.
  decodeSealed(block)
  return { block, cid: cidOf(block) }
}

/**
 * Open a sealed batch with its data key.
 *
 * @returns the padded batch, for `decodeBatch`
 * @throws {MalformedError} when the key or anything in the block is not what the device sealed
 */
export function openSealed(batch: SealedBatch, dataKey: Uint8Array): Uint8Array {
  try {
    return chacha20poly1305(batchKey(dataKey, batch), ZERO_NONCE, associatedData(batch)).decrypt(
      batch.ciphertext,
    )
  } catch (cause) {
    throw new MalformedError('sealed batch', 'does not open under this data key', { cause })
  }
}
