import { toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import { Archiver } from '../../../src/store/archiver.ts'
import type { Store, StoredBlock } from '../../../src/store/store.ts'
import { anchorOf, intend, take } from './support/anchors.ts'
import { silent, storeFor } from './support/batches.ts'

/** Archive everything on a disk of that name. @returns what was put there, and how much was taken to be there before */
async function archiveOn(t: Test, store: Store, repo: string, isWitnessed = true) {
  const put: string[] = []
  const putMany = async (blocks: readonly StoredBlock[]) => {
    put.push(...blocks.map(({ digest }) => toHex(digest)))
  }
  const archiver = new Archiver({ isWitnessed }, { store, blocks: { repo, putMany }, log: silent })
  await archiver.start()
  t.teardown(() => archiver.stop())
  const before = archiver.through
  await archiver.flush(store.last)
  return { put, before }
}

t.test('on another disk with blocks, all that others do not hold for certain is put again', async (t) => {
  const store = await storeFor(t)
  await take(store, 9)
  const digests = (await store.records(1, 9)).all().map(({ digest }) => toHex(digest))
  t.same((await archiveOn(t, store, 'one')).put, digests)
  const proven = await intend(store, 1, 4)
  await store.anchors.finish(proven, anchorOf(proven.root, 4), 2_000 as UnixMs)
  await intend(store, 5, 7)
  const { put, before } = await archiveOn(t, store, 'two')
  t.equal(before, 4, 'others said to hold what has its receipt')
  t.same(put, digests.slice(4))
  t.same((await archiveOn(t, store, 'two')).put, [], 'on the same disk nothing is put twice')
  t.same((await archiveOn(t, store, 'three', false)).put, digests, 'all of it when nobody gives his word')
  await store.trimmer.step(9_000 as UnixMs, 9)
  t.same((await archiveOn(t, store, 'four', false)).put, digests.slice(4), 'as far as the journal has it')
})

t.test('on the journal’s own disk, nothing is put again', async (t) => {
  const store = await storeFor(t)
  await take(store, 3)
  t.equal((await archiveOn(t, store, '')).put.length, 3)
  t.same((await archiveOn(t, store, '')).put, [])
})
