import type { Address, Incarnation } from '../ids.ts'
import { fromHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'

/** What an anchor proves of one batch. */
export interface BatchLeaf {
  readonly device: Address
  readonly incarnation: Incarnation
  /** 0 to 2^53−1. */
  readonly sequence: number
  /** SHA-256 digest in the batch's CID, 32 bytes. */
  readonly digest: Uint8Array
}

/**
 * Leaf hash, as OpenZeppelin's StandardMerkleTree of (address, bytes8, uint64, bytes32): twice keccak256
 * of the ABI encoding, so that no inner node can pass for a leaf.
 *
 * @returns 32 bytes
 */
export function batchLeafHash({ device, incarnation, sequence, digest }: BatchLeaf): Uint8Array {
  const encoded = new Uint8Array(128)
  encoded.set(fromHex(device), 12)
  // bytesN is aligned left, integers right.
  encoded.set(fromHex(incarnation), 32)
  new DataView(encoded.buffer).setBigUint64(88, BigInt(sequence))
  encoded.set(digest, 96)
  return keccak256(keccak256(encoded))
}
