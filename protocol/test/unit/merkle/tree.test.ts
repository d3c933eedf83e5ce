import { SimpleMerkleTree } from '@openzeppelin/merkle-tree'
import fc from 'fast-check'
import t from 'tap'
import { toHex } from '../../../src/ids.ts'
import { keccak256 } from '../../../src/keccak.ts'
import { LEAF_LIMIT } from '../../../src/merkle/limits.ts'
import { nodeHash, PROOF_LIMIT, provesLeaf } from '../../../src/merkle/proof.ts'
import { merkleTree } from '../../../src/merkle/tree.ts'

const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 })

t.test('any tree is that of OpenZeppelin, and proves each leaf', async () => {
  fc.assert(
    fc.property(fc.array(leaf, { minLength: 1, maxLength: 40 }), (leaves) => {
      const tree = merkleTree(leaves)
      const reference = SimpleMerkleTree.of(leaves.map(toHex), { sortLeaves: false })
      return (
        toHex(tree.root) === reference.root &&
        leaves.every((each, index) => {
          const proof = tree.proofOf(index)
          return (
            provesLeaf(tree.root, each, proof) &&
            JSON.stringify(proof.map(toHex)) === JSON.stringify(reference.getProof(index))
          )
        })
      )
    }),
    { numRuns: 40 },
  )
})

t.test('the largest tree has proofs of 13 nodes', async (t) => {
  const leaves = Array.from({ length: LEAF_LIMIT }, (_, index) => keccak256(Uint8Array.of(index >> 8, index)))
  const tree = merkleTree(leaves)
  t.equal(tree.proofOf(0).length, PROOF_LIMIT)
  t.equal(tree.proofOf(LEAF_LIMIT - 1).length, PROOF_LIMIT)
})

t.test('there is no tree of nothing, of too many leaves, and no proof of what is not there', async (t) => {
  const one = keccak256()
  t.throws(() => merkleTree([]), RangeError)
  t.throws(() => merkleTree(Array(LEAF_LIMIT + 1).fill(one)), RangeError)
  t.throws(() => merkleTree([one]).proofOf(1), RangeError)
})

t.test('a pair is hashed the lesser first, equal ones too', async (t) => {
  const [low, high] = [new Uint8Array(32), new Uint8Array(32).with(31, 1)]
  t.same(nodeHash(low, high), keccak256(low, high))
  t.same(nodeHash(high, low), keccak256(low, high))
  t.same(nodeHash(low, low), keccak256(low, low))
})
