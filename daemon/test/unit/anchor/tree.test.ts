import { toHex } from '@hygeia/protocol/ids'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import t from 'tap'
import { treeNodes } from '../../../src/anchor/tree.ts'
import { seeded } from '../../corpus/world.ts'

t.test('the tree is OpenZeppelin’s', async (t) => {
  for (const count of [1, 2, 3, 4, 5, 100, 1_025]) {
    const leaves = Array.from({ length: count }, (_, index) => seeded(`leaf ${index}`, 32))
    const nodes = await treeNodes(leaves)
    t.equal(toHex(nodes.subarray(0, 32)), toHex(merkleTree(leaves).root), `${count} leaves`)
    t.equal(nodes.length, (2 * count - 1) * 32)
  }
  await t.rejects(treeNodes([]))
  await t.rejects(treeNodes(Array.from({ length: 8_193 }, () => new Uint8Array(32))))
})

t.test('a tree of 8,192 leaves holds nothing else up', async (t) => {
  const leaves = Array.from({ length: 8_192 }, (_, index) => seeded(`leaf ${index}`, 32))
  // What else there is to do gets its turn every thousand hashes or so; how long that is, the machine decides.
  let turns = 0
  let isBuilding = true
  const others = () => {
    turns++
    if (isBuilding) setImmediate(others)
  }
  setImmediate(others)
  await treeNodes(leaves)
  isBuilding = false
  t.ok(turns >= 7, `${turns} turns`)
})
