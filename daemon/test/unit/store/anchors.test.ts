import { join } from 'node:path'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { openStore } from '../../../src/store/store.ts'
import { anchorOf, intend, take } from './support/anchors.ts'
import { NEVER, scratch, silent, storeFor } from './support/batches.ts'

for (const count of [1, 2, 3, 255, 256, 257, 600]) {
  t.test(
    `proofs of an anchor of ${count} are those of OpenZeppelin's tree, from memory and from disk`,
    async (t) => {
      const path = join(await scratch(t), 'ingest')
      const store = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: NEVER })
      await take(store, count)
      const record = await intend(store, 1, count)
      const leaves = (await store.records(1, count)).all().map(({ leafHash }) => leafHash)
      const tree = merkleTree(leaves)
      t.equal(record.root, toHex(tree.root), 'the root is')
      const indexes = leaves.map((_, index) => index)
      const expected = indexes.map((index) => tree.proofOf(index).map(toHex))
      const inMemory = await store.anchors.proofs(record, indexes)
      t.same(
        inMemory.map((proof) => proof.map(toHex)),
        expected,
      )
      await store.close()
      const again = await storeFor(t, { path })
      const onDisk = await again.anchors.proofs(record, indexes)
      t.same(
        onDisk.map((proof) => proof.map(toHex)),
        expected,
      )
      const root = fromHex(record.root)
      t.ok(onDisk.every((proof, index) => provesLeaf(root, leaves[index] ?? root, proof)))
    },
  )
}

t.test('an anchor is open until it is final, across restarts', async (t) => {
  const path = join(await scratch(t), 'ingest')
  const store = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: NEVER })
  await take(store, 10)
  const first = await intend(store, 1, 4)
  const second = await intend(store, 5, 9)
  t.equal(store.anchors.through, 9)
  t.same(
    [4, 5, 9, 10].map((arrival) => store.anchors.isFinal(arrival)),
    [false, false, false, false],
  )
  await t.rejects(intend(store, 11, 11), 'a gap between anchors is a bug')
  const anchor = anchorOf(second.root, 5)
  // The later one may be final first.
  await store.anchors.finish(second, anchor, 42 as UnixMs)
  t.same(
    [4, 5, 9, 10].map((arrival) => store.anchors.isFinal(arrival)),
    [false, true, true, false],
  )
  await store.close()

  const again = await storeFor(t, { path })
  t.equal(again.anchors.through, 9)
  t.same(again.anchors.open, [first])
  t.same(await again.anchors.holding(7), { ...second, final: { anchor, at: 42 } })
  t.same(await again.anchors.holding(4), first)
  t.equal(await again.anchors.holding(10), undefined)
  t.match(await again.reader.find((await again.records(7, 7)).at(0).digest), {
    state: 'anchored',
  })
  t.match(await again.reader.find((await again.records(1, 1)).at(0).digest), {
    state: 'stored',
  })
})

t.test('bytes stay until their anchor has been final for long enough, and records for good', async (t) => {
  const store = await storeFor(t, { keepMs: 1_000 })
  await take(store, 6)
  const first = await intend(store, 1, 2)
  const second = await intend(store, 3, 4)
  const at = (ms: number) => ms as UnixMs
  t.equal(await store.trimmer.step(at(1e12), 4), 0, 'nothing is final')
  await store.anchors.finish(second, anchorOf(second.root, 2), at(5_000))
  t.equal(await store.trimmer.step(at(1e12), 4), 0, 'nor is what came before')
  await store.anchors.finish(first, anchorOf(first.root, 2), at(5_500))
  t.equal(await store.trimmer.step(at(6_400), 4), 0, 'too early')
  t.equal(await store.trimmer.step(at(6_500), 1), 0, 'not archived yet')
  t.equal(await store.trimmer.step(at(6_500), 4), 4)
  t.equal((await store.reader.bytes(1, 6)).length, 2, 'what is not anchored stays')
  t.equal((await store.records(1, 6)).length, 6)
  t.equal(await store.trimmer.step(at(1e12), 4), 0, 'and nothing is trimmed twice')
})

t.test('an anchor that was final can be opened again, and finished elsewhere', async (t) => {
  const path = join(await scratch(t), 'ingest')
  const store = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: NEVER })
  await take(store, 6)
  const records = [await intend(store, 1, 2), await intend(store, 3, 4), await intend(store, 5, 6)]
  const finished = []
  for (const record of records) {
    finished.push(await store.anchors.finish(record, anchorOf(record.root, 2), 1 as UnixMs))
  }
  const [first, second] = finished
  if (first === undefined || second === undefined) throw new Error('no records')
  await store.anchors.reopen(second)
  await store.anchors.reopen(first)
  t.same(
    store.anchors.open.map(({ last }) => last),
    [2, 4],
    'oldest first',
  )
  t.notOk(store.anchors.isFinal(3))
  t.ok(store.anchors.isFinal(5))
  await store.close()
  const again = await storeFor(t, { path })
  t.same(
    again.anchors.open.map(({ last, final }) => [last, final]),
    [
      [2, undefined],
      [4, undefined],
    ],
    'also after a restart',
  )
  t.same(
    (await again.anchors.before(6, 10)).map(({ last }) => last),
    [4, 2],
  )
  const moved = { ...anchorOf(second.root, 2), blockNumber: 9 }
  await again.anchors.finish(second, moved, 2 as UnixMs)
  t.equal((await again.anchors.holding(3))?.final?.anchor.blockNumber, 9)
})
