import { hash } from 'node:crypto'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { decodeStanding, withoutErased } from '@hygeia/protocol/manifest/standing'
import t from 'tap'
import { nameOf } from '../../../src/ipfs/linked.ts'
import type { AnchoredBatches } from '../../../src/replication/anchored.ts'
import { Fetcher } from '../../../src/replication/fetcher.ts'
import { address } from './support/anchored.ts'
import { fetchAgain, fetchingBed, leavesOf, sealedBy } from './support/fetching.ts'

t.setTimeout(120_000)

const {
  theirs,
  ours,
  store,
  realm,
  origin,
  standings,
  elsewhere,
  deps,
  fetcher,
  newDevice,
  anchored,
  missing,
  fetch,
  erase,
  heldHere,
} = await fetchingBed(t)

t.test('what was erased is never fetched again, and its manifest is replaced', async (t) => {
  const sealed = sealedBy(newDevice(), 70)
  await theirs.putMany(sealed)
  const what = await anchored(leavesOf(sealed))
  t.match(await fetch(what), { outcome: 'held' })
  await erase(sealed.slice(60, 62))
  t.equal(await missing(what), 1, 'a manifest that names it is to be replaced')
  const fetched = await fetch(what)
  const left = sealed.filter((_, index) => index < 60 || index > 61).map(({ digest }) => digest)
  t.match(fetched, { outcome: 'held', indexed: left })
  const expected = sealed.map((_, index) => index < 60 || index > 61)
  t.same(await heldHere(sealed), expected)
  const digests = sealed.map(({ digest }, index) => (expected[index] ? digest : new Uint8Array(32)))
  t.same('digests' in fetched && fetched.digests.map(toHex), digests.map(toHex), 'places stay')
  t.equal(await missing(what), 0)
  const standing = await standings.held(what.manifest)
  t.match(standing?.manifest, { hospital: origin, replaces: what.manifest })
  t.equal(await ours.get(Buffer.from(what.manifest.slice(2), 'hex'), AbortSignal.abort()), undefined)

  await erase(sealed.slice(0, 1))
  t.match(await fetch(what), { outcome: 'held' }, 'and once more')
  t.same(await heldHere(sealed), expected.with(0, false))
  t.equal(standing && (await ours.get(standing.digest, AbortSignal.abort())), undefined, 'the first is gone')
  const known = (await store.reader.findMany(sealed.map(({ digest }) => digest))).map(
    (held) => held !== undefined,
  )
  t.same(known, expected.with(0, false))
})

t.test('what was erased is not fetched for another manifest that names it', async (t) => {
  const [shared, fresh] = [sealedBy(newDevice(), 5), sealedBy(newDevice(), 5)]
  await theirs.putMany([...shared, ...fresh])
  t.match(await fetch(await anchored(leavesOf(shared))), { outcome: 'held' })
  await erase(shared)
  const both = await anchored(leavesOf([...shared, ...fresh]))
  t.match(await fetch(both), { outcome: 'held', indexed: fresh.map(({ digest }) => digest) })
  t.same(await heldHere([...shared, ...fresh]), [...shared.map(() => false), ...fresh.map(() => true)])
})

t.test('what others erased before it came here is left out, and all the rest comes', async (t) => {
  const [sealed, others] = [sealedBy(newDevice(), 6), sealedBy(newDevice(), 6)]
  await theirs.putMany([...sealed, ...others])
  const replaced = async (what: AnchoredBatches, gone: ReturnType<typeof sealedBy>) => {
    const manifest = decodeStanding((await theirs.get(fromHex(what.manifest))) ?? new Uint8Array())
    const names = new Set(gone.map(({ digest }) => nameOf(digest)))
    const bytes = withoutErased(manifest, what.manifest, ({ digest }) => names.has(nameOf(digest)))
    const block = { digest: hash('sha256', bytes, 'buffer'), bytes }
    await theirs.pin(block)
    return block.digest
  }
  const what = await anchored(leavesOf(sealed))
  const other = await anchored(leavesOf(others))
  const gone = sealed.slice(1, 3)
  const ofAnother = await replaced(other, others.slice(0, 1))
  const left = await replaced(what, gone)
  await theirs.drop?.([fromHex(what.manifest), ...gone.map(({ digest }) => digest)])

  // A liar may name what stands for another one, or what never was replaced.
  elsewhere.replacements = [ofAnother, fromHex(other.manifest)]
  t.match(await fetch(what), { outcome: 'missing' })
  elsewhere.replacements = [ofAnother, left]
  const fetched = await fetchAgain(fetcher, what)
  const kept = sealed.filter((one) => !gone.includes(one)).map(({ digest }) => digest)
  t.match(fetched, { outcome: 'held', isReduced: true, indexed: kept })
  const digests = sealed.map((one) => (gone.includes(one) ? new Uint8Array(32) : one.digest))
  t.same('digests' in fetched && fetched.digests.map(toHex), digests.map(toHex), 'places stay')
  t.same(await standings.replacementOf(what.manifest), left)
  t.equal(await missing(what), 0)
  elsewhere.replacements = []
  t.match(await fetch(what), { outcome: 'held', isReduced: false, indexed: kept }, 'and stands here then')
})

t.test('what is erased while it is fetched is gone when that ends, whole or not', async (t) => {
  for (const given of [6, 5]) {
    const sealed = sealedBy(newDevice(), 6)
    const gone = sealed.slice(0, 2)
    await theirs.putMany(sealed.slice(0, given))
    const what = await anchored(leavesOf(sealed))
    // Known from a manifest before, so that an order finds it.
    t.match(await fetch(await anchored(leavesOf(gone))), { outcome: 'held' })
    const eraseAfterwards: typeof ours.linked = async function* (manifest, signal) {
      for await (const some of ours.linked(manifest, signal)) yield some
      await erase(gone)
      // As if they had been on their way still.
      await ours.putMany(gone)
    }
    const ipfs = {
      get: ours.get.bind(ours),
      bring: ours.bring.bind(ours),
      linked: eraseAfterwards,
      putMany: ours.putMany.bind(ours),
      sync: ours.sync.bind(ours),
      ...(ours.drop && { drop: ours.drop.bind(ours) }),
    }
    const slow = new Fetcher({ realm, hospital: address() }, { ...deps, ipfs })
    const fetched = await slow.fetch(what, AbortSignal.timeout(30_000))
    t.equal(fetched.outcome, given === 6 ? 'held' : 'missing')
    t.same(
      await heldHere(sealed),
      sealed.map((_, index) => index >= 2 && index < given),
    )
  }
})
