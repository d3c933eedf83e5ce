import { join } from 'node:path'
import { toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import { openStore, type Store } from '../../../src/store/store.ts'
import { batchOf, cidOfBatch, deviceNumber, LABEL, scratch, silent } from './support/batches.ts'

/** A store whose blockstore holds what is put into the map. */
async function storeWithArchive(t: Test, path: string) {
  const archive = new Map<string, Uint8Array>()
  const get = async (digest: Uint8Array) => archive.get(toHex(digest))
  const store = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: { get } })
  t.teardown(() => store.close())
  return { store, archive }
}

const everything = { from: 0 as UnixMs, to: 1e12 as UnixMs, limit: 100 }
const listed = async (store: Store) =>
  (await store.reader.list({ devices: [deviceNumber(1)], labels: [LABEL], ...everything })).batches

t.test('what others anchored is found like the rest, and is not for this hospital to anchor', async (t) => {
  const { store, archive } = await storeWithArchive(t, join(await scratch(t), 'journal'))
  const own = batchOf({ sequence: 1 })
  const theirs = batchOf({ sequence: 2, prev: cidOfBatch(own) })
  archive.set(toHex(theirs.digest), theirs.bytes)
  const told: number[] = []
  store.onTaken((last) => told.push(last))
  await store.take(own)
  t.match(await store.replicate(theirs), { outcome: 'new' })
  t.equal(store.last, 1, 'only its own arrival is to be anchored')
  t.same(told, [1])
  t.equal(store.replicas, 1)
  t.match(await store.reader.find(theirs.digest), { sequence: 2, state: 'anchored' })
  t.same(
    (await listed(store)).map(({ sequence }) => sequence),
    [1, 2],
  )
  t.same(await store.reader.blocks([theirs.digest, own.digest]), [theirs.bytes, own.bytes])
  t.same(await store.reader.gaps(own.header.device, 10), [])
  t.match(await store.replicate(theirs), { outcome: 'known' }, 'anchored twice, it is one record')
  t.match(await store.replicate(own), { outcome: 'known', arrival: 1 })
})

t.test('numbers of replicas go on after a restart, apart from the arrivals', async (t) => {
  const path = join(await scratch(t), 'journal')
  const first = await openStore(
    { path, reserveBytes: 0, keepMs: 1_000 },
    { log: silent, archive: { get: async () => undefined } },
  )
  await first.take(batchOf({ sequence: 1 }))
  await first.replicate(batchOf({ sequence: 2 }))
  await first.close()
  const { store } = await storeWithArchive(t, path)
  t.equal(store.last, 1)
  t.equal(store.replicas, 1)
  t.match(await store.take(batchOf({ sequence: 3 })), { outcome: 'new', arrival: 2 })
  await store.replicate(batchOf({ sequence: 4 }))
  t.equal(store.replicas, 2)
  t.equal(new Set((await listed(store)).map(({ arrival }) => arrival)).size, 4)
})

t.test('a replica that its device sends here too is anchored here, and stays one record', async (t) => {
  const { store } = await storeWithArchive(t, join(await scratch(t), 'journal'))
  const batch = batchOf({ sequence: 7 })
  await store.replicate(batch)
  t.match(await Promise.all([store.take(batch), store.take(batch)]), [
    { outcome: 'new', arrival: 1 },
    { outcome: 'known', arrival: 1 },
  ])
  t.equal(store.last, 1)
  t.match(await listed(store), [{ arrival: 1, sequence: 7, state: 'stored' }])
  t.same(await store.reader.blocks([batch.digest]), [batch.bytes])
  t.match(await store.replicate(batch), { outcome: 'known', arrival: 1 })
  t.equal((await listed(store)).length, 1)
})

t.test('two histories of one device, told to two hospitals, are a fork', async (t) => {
  const { store } = await storeWithArchive(t, join(await scratch(t), 'journal'))
  const [here, there] = [batchOf({ sequence: 1 }), batchOf({ sequence: 1 })]
  await store.take(here)
  t.match(await store.replicate(there), { outcome: 'forked', against: here.digest })
  t.match(await store.forks.of(here.header.device), [{ bytes: there.bytes, against: here.digest }])
  t.equal(store.replicas, 0)
})

t.test('a replica that was erased is not taken again, whoever brings it', async (t) => {
  const { store } = await storeWithArchive(t, join(await scratch(t), 'journal'))
  const batch = batchOf({ sequence: 1 })
  await store.replicate(batch)
  await store.eraser.forget((await store.reader.findMany([batch.digest])).flatMap((held) => held ?? []))
  t.match(await store.replicate(batch), { outcome: 'known' })
  t.match(await store.take(batch), { outcome: 'known' })
  t.equal(await store.reader.find(batch.digest), undefined)
  t.same(await store.eraser.areErased([batch.digest]), [true])
})
