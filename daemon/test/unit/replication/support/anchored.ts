import { hash, randomBytes } from 'node:crypto'
import { type Address, type Hex32, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import type { AnchoredBatches } from '../../../../src/replication/anchored.ts'

export const address = () => toHex(randomBytes(20)) as string as Address
export const hex32 = () => toHex(randomBytes(32)) as string as Hex32

export const leafNumber = (sequence: number): BatchLeaf => ({
  device: `0x${'d1'.repeat(20)}` as Address,
  incarnation: '0x00000000000000a1' as Incarnation,
  sequence,
  digest: hash('sha256', `batch ${sequence}`, 'buffer'),
})

/** A manifest of `count` batches with the anchor that truly stands for it. */
export function anchoredManifest(origin: Address, count: number, blockNumber = 7) {
  const leaves = Array.from({ length: count }, (_, index) => leafNumber(index))
  const block = encodeManifest({ hospital: origin, leaves })
  const anchored: AnchoredBatches = {
    root: toHex(merkleTree(leaves.map(batchLeafHash)).root) as string as Hex32,
    origin,
    count,
    manifest: toHex(hash('sha256', block, 'buffer')) as string as Hex32,
    transaction: hex32(),
    blockNumber,
    blockHash: hex32(),
  }
  return { leaves, block, anchored }
}
