import { LEAF_LIMIT } from './limits.ts'
import { nodeHash } from './proof.ts'

export interface MerkleTree {
  readonly root: Uint8Array
  /** @returns sibling hashes from the leaf up */
  proofOf(index: number): readonly Uint8Array[]
}

/**
 * OpenZeppelin-compatible tree over ordered leaf hashes.
 *
 * A complete binary tree in one list: the root first, the children of node i at 2i+1 and 2i+2, the leaves last and
 * backwards. Built here because the library's own keeps hashes as hex, which costs eight times the hashing.
 *
 * @param leaves - 1 to 8,192 leaf hashes of 32 bytes
 * @see @openzeppelin/merkle-tree, `makeMerkleTree` in core.ts
 */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  if (leaves.length === 0 || leaves.length > LEAF_LIMIT) throw new RangeError(`not 1 to ${LEAF_LIMIT} leaves`)
  const inner = leaves.length - 1
  const nodes: Uint8Array[] = [...new Array<Uint8Array>(inner), ...leaves.toReversed()]
  for (let node = inner - 1; node >= 0; node--) {
    nodes[node] = nodeHash(at(nodes, 2 * node + 1), at(nodes, 2 * node + 2))
  }
  return {
    root: at(nodes, 0),
    proofOf(index) {
      const proof: Uint8Array[] = []
      at(leaves, index)
      for (let node = nodes.length - 1 - index; node > 0; node = (node - 1) >> 1) {
        proof.push(at(nodes, node % 2 === 0 ? node - 1 : node + 1))
      }
      return proof
    },
  }
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}
