import { fromHex } from '../../src/ids.ts'
import { type BatchLeaf, batchLeafHash } from '../../src/merkle/leaf.ts'
import { provesLeaf } from '../../src/merkle/proof.ts'
import { merkleTree } from '../../src/merkle/tree.ts'
import vectors from '../vectors/merkle.json' with { type: 'json' }
import { type Checks, revive, same } from './assert.ts'

export const merkleChecks: Checks = Object.fromEntries(
  Object.entries(vectors).map(([name, { root, leaves }]) => [
    `merkle: ${name}`,
    () => {
      const hashes = leaves.map(({ hash, proof, ...leaf }) => {
        const made = batchLeafHash(revive<BatchLeaf>(leaf, 'digest'))
        same(made, hash, 'leaf')
        same(provesLeaf(fromHex(root), made, proof.map(fromHex)), true, 'proof')
        return made
      })
      const tree = merkleTree(hashes)
      same(tree.root, root, 'root')
      for (const [index, { proof }] of leaves.entries()) same(tree.proofOf(index), proof, 'proof made')
    },
  ]),
)
