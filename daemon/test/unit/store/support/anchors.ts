import { createHash } from 'node:crypto'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { treeNodes } from '../../../../src/anchor/tree.ts'
import type { Store } from '../../../../src/store/store.ts'
import { batchOf } from './batches.ts'

export const hex32 = (text: string) => toHex(createHash('sha256').update(text).digest()) as string as Hex32

/** Take `count` batches of one device, in order. */
export async function take(store: Store, count: number): Promise<void> {
  const next = store.last + 1
  await Promise.all(
    Array.from({ length: count }, (_, index) => store.take(batchOf({ sequence: next + index }))),
  )
}

/** An anchor of the batches `first` to `last`, not sent yet. */
export async function intend(store: Store, first: number, last: number) {
  const records = await store.records(first, last)
  const nodes = await treeNodes(records.all().map(({ leafHash }) => leafHash))
  const root = toHex(nodes.subarray(0, 32)) as string as Hex32
  return store.anchors.intend({ first, last, root, manifest: hex32(`manifest ${last}`) }, nodes)
}

/** What a hospital states of a final anchor; nobody signed it. */
export const anchorOf = (root: Hex32, count: number) => ({
  hospital: `0x${'11'.repeat(20)}` as Address,
  root,
  count,
  manifest: hex32('manifest'),
  transaction: hex32('transaction'),
  blockNumber: 7,
  blockHash: hex32('block'),
  signature: new Uint8Array(64).fill(1),
})
