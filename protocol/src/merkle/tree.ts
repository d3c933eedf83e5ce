import { SimpleMerkleTree } from '@openzeppelin/merkle-tree'
import { fromHex, toHex } from '../ids.ts'
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
 * @param leaves - 1 to 8,192 leaf hashes of 32 bytes
 */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  if (leaves.length === 0 || leaves.length > LEAF_LIMIT) throw new RangeError(`not 1 to ${LEAF_LIMIT} leaves`)
  const { tree, values } = SimpleMerkleTree.of([...leaves], {
    sortLeaves: false,
    nodeHash: (left, right) => toHex(nodeHash(bytesOf(left), bytesOf(right))),
  }).dump()
  const nodes = tree.map(fromHex)
  return {
    root: at(nodes, 0),
    // The library's own getProof checks each proof that it makes: 13 hashes a leaf that nobody needs.
    proofOf(index) {
      const proof: Uint8Array[] = []
      for (let node = at(values, index).treeIndex; node > 0; node = (node - 1) >> 1) {
        proof.push(at(nodes, node % 2 === 0 ? node - 1 : node + 1))
      }
      return proof
    },
  }
}

function bytesOf(node: string | ArrayLike<number>): Uint8Array {
  return typeof node === 'string' ? fromHex(node) : Uint8Array.from(node)
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}
