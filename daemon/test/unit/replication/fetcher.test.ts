import { hash, randomBytes } from 'node:crypto'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { decodeStanding } from '@hygeia/protocol/manifest/standing'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import type { Block } from '../../../src/ipfs/node.ts'
import type { AnchoredBatches } from '../../../src/replication/anchored.ts'
import { Fetcher } from '../../../src/replication/fetcher.ts'
import { TestDevice } from '../../link/support/devices.ts'
import { address } from './support/anchored.ts'
import { fetchAgain, fetchingBed, leavesOf, sealedBy } from './support/fetching.ts'

t.setTimeout(120_000)

const {
  theirs,
  ours,
  store,
  realm,
  origin,
  devices,
  brought,
  deps,
  fetcher,
  newDevice,
  elsewhere,
  anchored,
  anchorOf,
  missing,
  fetch,
} = await fetchingBed(t)

t.test('what another hospital anchored is fetched, verified, indexed and kept, once', async (t) => {
  const sealed = sealedBy(newDevice(), 150)
  await theirs.putMany(sealed)
  const what = await anchored(leavesOf(sealed))
  const digests = sealed.map(({ digest }) => digest)
  t.match(await fetch(what), { outcome: 'held', digests, indexed: digests })
  t.equal(store.replicas, 150)
  t.equal(await missing(what), 0)
  t.same((await store.reader.blocks(digests)).map(hashOf), digests.map(toHex))
  t.match(await fetch(what), { outcome: 'held', indexed: digests }, 'fetched again, nothing is doubled')
  t.equal(store.replicas, 150)
})

/** Read a manifest's batches before they are wanted. */
async function readAhead(what: AnchoredBatches, given: AsyncIterable<readonly Block[]>) {
  const digest = fromHex(what.manifest)
  const bytes = (await theirs.get(digest)) ?? new Uint8Array()
  await brought.read(what, { digest, bytes, manifest: decodeStanding(bytes) }, given)
}

async function* inParts(blocks: readonly Block[]) {
  for (let at = 0; at < blocks.length; at += 7) yield blocks.slice(at, at + 7)
}

t.test('what was read before it was wanted is judged as what is read then', async (t) => {
  const device = newDevice()
  const stranger = new TestDevice(realm)
  const ipfs = {
    ...{ get: ours.get.bind(ours), bring: ours.bring.bind(ours), putMany: ours.putMany.bind(ours) },
    sync: ours.sync.bind(ours),
    linked: () => {
      throw new Error('read once more')
    },
  }
  const ahead = new Fetcher({ realm, hospital: address() }, { ...deps, ipfs })
  const fetchAhead = (what: AnchoredBatches) => ahead.fetch(what, AbortSignal.timeout(30_000))
  const forged = [...sealedBy(device, 2), stranger.seal()]
  for (const [sealed, outcome] of [
    [sealedBy(device, 20), { outcome: 'held' }],
    [forged, { outcome: 'lie', lie: 'BATCH_NOT_GENUINE' }],
  ] as [typeof forged, object][]) {
    await theirs.putMany(sealed)
    const what = await anchored(leavesOf(sealed))
    const digests = sealed.map(({ digest }) => digest)
    await readAhead(what, inParts(sealed))
    t.match(await fetchAhead(what), outcome)
    t.same(
      (await store.reader.findMany(digests)).map((found) => found?.device),
      sealed.map(({ header }) => (header.device === stranger.address ? undefined : header.device)),
    )
    await t.rejects(fetchAhead(what), { message: 'read once more' }, 'it is kept for one time')
  }
})

t.test('of what was not read whole, or not rightly, nothing is kept', async (t) => {
  const sealed = sealedBy(newDevice(), 5)
  await theirs.putMany(sealed)
  const what = await anchored(leavesOf(sealed))
  const [first, ...others] = sealed
  if (first === undefined) throw new Error('five')
  await readAhead(what, inParts(others))
  t.equal(brought.take(what), undefined)
  await readAhead(what, inParts([{ digest: first.digest, bytes: randomBytes(600) }, ...others]))
  t.equal(brought.take(what), undefined)
  await readAhead(what, inParts([...sealed, ...sealed]))
  t.equal(brought.take(what)?.blocks.length, 5)
  t.equal(brought.take(what), undefined)
})

t.test('what nobody gives is missing; the rest is here already, and the next time finds it', async (t) => {
  const sealed = sealedBy(newDevice(), 3)
  await theirs.putMany(sealed.slice(0, 2))
  const what = await anchored(leavesOf(sealed))
  const before = store.replicas
  await t.rejects(fetch(what, 1_500), { name: 'TimeoutError' }, 'it gives up when it is told to')
  await theirs.putMany(sealed)
  t.match(await fetchAgain(fetcher, what), { outcome: 'held' })
  t.equal(store.replicas, before + 3)
})

t.test('a wrong block for a CID is no block', async (t) => {
  const [sealed] = sealedBy(newDevice(), 1)
  if (sealed === undefined) throw new Error('one')
  await theirs.putMany([{ digest: sealed.digest, bytes: randomBytes(600) }])
  const what = await anchored(leavesOf([sealed]))
  await t.rejects(fetch(what, 1_500), { name: 'TimeoutError' })
  // Not even when it lies on this disk already.
  await ours.putMany([{ digest: sealed.digest, bytes: randomBytes(600) }])
  t.equal(await missing(what), 1)
})

t.test('what its device did not seal is a lie of who anchored it', async (t) => {
  const device = newDevice()
  const stranger = new TestDevice(realm)
  const [good, other] = sealedBy(device, 2)
  const [unknown] = sealedBy(stranger, 1)
  const forged = device.seal({ signer: stranger.signer })
  if (good === undefined || other === undefined || unknown === undefined) throw new Error('all were sealed')
  const junk = { bytes: randomBytes(300), digest: Buffer.alloc(32) }
  junk.digest = Buffer.from(hash('sha256', junk.bytes, 'buffer'))
  await theirs.putMany([good, other, unknown, forged, junk])
  const [place] = leavesOf([good])
  if (place === undefined) throw new Error('unreachable')
  const lies = {
    BATCH_NOT_GENUINE: leavesOf([good, forged]),
    BATCH_MALFORMED: [{ ...place, digest: junk.digest }],
    BATCH_OF_ANOTHER_PLACE: [{ ...place, sequence: 99 }],
  }
  for (const [lie, leaves] of Object.entries(lies)) {
    t.same(await fetch(await anchored(leaves)), { outcome: 'lie', lie }, lie)
  }
  t.same(await fetch(await anchored(leavesOf([unknown]))), { outcome: 'lie', lie: 'BATCH_NOT_GENUINE' })
  t.match(await store.reader.find(good.digest), { sequence: 1 }, 'what is genuine beside it is indexed')
  t.equal(await store.reader.find(forged.digest), undefined)
})

t.test('what a device sealed after its suspension is held as anchored, but not indexed', async (t) => {
  const device = newDevice()
  const sealed = sealedBy(device, 4)
  const { incarnation } = device
  devices.set(device.address, { status: 'suspended', patient: address(), incarnation, lastSequence: 2 })
  await theirs.putMany(sealed)
  t.match(await fetch(await anchored(leavesOf(sealed))), { outcome: 'held' })
  const found = await store.reader.findMany(sealed.map(({ digest }) => digest))
  t.same(
    found.map((batch) => batch?.sequence),
    [1, 2, undefined, undefined],
  )
})

t.test('what came in parts, or with another manifest, is indexed like what came at once', async (t) => {
  const sealed = sealedBy(newDevice(), 9)
  const digests = sealed.map(({ digest }) => digest)
  const what = await anchored(leavesOf(sealed))
  await theirs.putMany(sealed.slice(0, 4))
  t.match(await fetch(what), { outcome: 'missing', missing: 5 })
  await theirs.putMany(sealed.slice(4))
  const [own] = sealed.slice(8)
  if (own === undefined) throw new Error('nine were sealed')
  await store.take({
    ...own,
    leafHash: batchLeafHash({ ...own.header, digest: own.digest }),
    at: systemClock.now(),
  })
  const fetched = await fetchAgain(fetcher, what)
  if (fetched.outcome !== 'held') throw new Error(`it is ${fetched.outcome}`)
  // All but the one that its device brought, which is anchored here.
  t.same(fetched.indexed.map(toHex).sort(), digests.slice(0, 8).map(toHex).sort())
  const other = await anchored(leavesOf(sealed.slice(0, 2)))
  t.match(await fetchAgain(fetcher, other), { outcome: 'held', indexed: digests.slice(0, 2) })
})

t.test('blocks that are gone from this disk come again, also of this hospital’s own anchors', async (t) => {
  const sealed = sealedBy(newDevice(), 20)
  await theirs.putMany(sealed)
  const what = await anchored(leavesOf(sealed))
  t.match(await fetch(what), { outcome: 'held' })
  await ours.drop?.(sealed.slice(3, 6).map(({ digest }) => digest))
  t.equal(await missing(what), 3)
  const digests = sealed.map(({ digest }) => digest)
  t.match(await fetchAgain(fetcher, what), { outcome: 'held', indexed: digests })
  t.equal(await missing(what), 0)
  const mine = new Fetcher({ realm, hospital: origin }, deps)
  const gone = () => mine.missing(what.manifest, AbortSignal.timeout(30_000))
  await ours.drop?.(sealed.slice(7, 9).map(({ digest }) => digest))
  t.equal(await gone(), 2)
  t.match(await fetchAgain(mine, { ...what, state: 'gone' }), { outcome: 'held' })
  t.equal(await gone(), 0)
})

t.test(
  'a manifest that nobody has is made of this hospital’s own journal, when that knows of it',
  async (t) => {
    const sealed = sealedBy(newDevice(), 4)
    await ours.putMany(sealed)
    const { what, block } = anchorOf(leavesOf(sealed))
    const mine = new Fetcher({ realm, hospital: origin }, deps)
    const fetchGone = () => mine.fetch({ ...what, state: 'gone' }, AbortSignal.timeout(60_000))
    elsewhere.own = anchorOf(leavesOf(sealed.slice(1))).block
    t.match(await fetchGone(), { outcome: 'missing' }, 'another one is none')
    elsewhere.own = block
    t.match(await fetchGone(), { outcome: 'held', digests: sealed.map((one) => one.digest) })
    elsewhere.own = undefined
    t.equal(await mine.missing(what.manifest, AbortSignal.timeout(30_000)), 0)
  },
)

const hashOf = (block: Uint8Array | undefined) => block && toHex(hash('sha256', block, 'buffer'))
