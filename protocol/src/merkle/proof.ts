import { sameBytes } from '../cbor.ts'
import { keccak256 } from '../keccak.ts'

/** Most nodes in a proof: 8,192 leaves. */
export const PROOF_LIMIT = 13

/** Hash of two nodes, the lesser first. @see OpenZeppelin MerkleProof, `Hashes.commutativeKeccak256` */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const differs = left.findIndex((byte, index) => byte !== right[index])
  const isInOrder = Number(left[differs]) < Number(right[differs])
  return isInOrder ? keccak256(left, right) : keccak256(right, left)
}

/** Whether `proof` leads from `leaf` to `root`. */
export function provesLeaf(root: Uint8Array, leaf: Uint8Array, proof: readonly Uint8Array[]): boolean {
  return sameBytes(proof.reduce(nodeHash, leaf), root)
}
