import { setImmediate as turn } from 'node:timers/promises'
import { LEAF_LIMIT } from '@hygeia/protocol/merkle/limits'
import { nodeHash } from '@hygeia/protocol/merkle/proof'

const NODE_BYTES = 32
/** Hashes between two turns of the event loop: about 2 ms. */
const HASHES_A_TURN = 1_024

/**
 * OpenZeppelin-compatible tree over ordered leaf hashes, as the protocol's `merkleTree` makes it, but as one
 * array and without holding up the event loop.
 *
 * @param leaves - 1 to 8,192 leaf hashes of 32 bytes
 * @returns 2n − 1 nodes of 32 bytes: the root first, leaf `i` at `2n − 2 − i`
 */
export async function treeNodes(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
  const count = leaves.length
  if (count === 0 || count > LEAF_LIMIT) throw new RangeError(`not 1 to ${LEAF_LIMIT} leaves`)
  const nodes = new Uint8Array((2 * count - 1) * NODE_BYTES)
  const node = (index: number) => nodes.subarray(index * NODE_BYTES, (index + 1) * NODE_BYTES)
  for (const [index, leaf] of leaves.entries()) nodes.set(leaf, (2 * count - 2 - index) * NODE_BYTES)
  for (let index = count - 2; index >= 0; index--) {
    nodes.set(nodeHash(node(2 * index + 1), node(2 * index + 2)), index * NODE_BYTES)
    if (index % HASHES_A_TURN === 0) await turn()
  }
  return nodes
}
