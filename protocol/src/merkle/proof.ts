import { sameBytes } from '../cbor.ts'
import { keccak256 } from '../keccak.ts'

/** Most nodes in a proof: 8,192 leaves. */
export const PROOF_LIMIT = 13

/** Hash of two nodes, the lesser first. @see OpenZeppelin MerkleProof, `Hashes.commutativeKeccak256` */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  for (let index = 0; index < 32; index++) {
    const order = (left[index] ?? 0) - (right[index] ?? 0)
    if (order !== 0) return order < 0 ? keccak256(left, right) : keccak256(right, left)
  }
  return keccak256(left, right)
}

/** Whether `proof` leads from `leaf` to `root`. */
export function provesLeaf(root: Uint8Array, leaf: Uint8Array, proof: readonly Uint8Array[]): boolean {
  return sameBytes(proof.reduce(nodeHash, leaf), root)
}
