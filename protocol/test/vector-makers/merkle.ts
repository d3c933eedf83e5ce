import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import { filled, hex } from './world.ts'

/** Trees from OpenZeppelin's own builder and ABI coder. */
export function makeMerkle(): Record<string, unknown> {
  return Object.fromEntries(
    [1, 2, 3, 5, 8, 13].map((count) => {
      const leaves = Array.from({ length: count }, (_, index) => ({
        device: hex(filled(20, 100 + index)),
        incarnation: hex(filled(8, 200 + index)),
        sequence: index === 0 ? Number.MAX_SAFE_INTEGER : index,
        digest: hex(filled(32, 300 + index)),
      }))
      const tree = StandardMerkleTree.of(
        leaves.map(({ device, incarnation, sequence, digest }) => [device, incarnation, sequence, digest]),
        ['address', 'bytes8', 'uint64', 'bytes32'],
        { sortLeaves: false },
      )
      const vector = {
        root: tree.root,
        leaves: leaves.map((leaf, index) => ({
          ...leaf,
          hash: tree.leafHash([leaf.device, leaf.incarnation, leaf.sequence, leaf.digest]),
          proof: tree.getProof(index),
        })),
      }
      return [`${count} leaves`, vector]
    }),
  )
}
