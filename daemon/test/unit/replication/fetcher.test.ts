import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { decodeStanding, withoutErased } from '@hygeia/protocol/manifest/standing'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import t from 'tap'
import { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import { nameOf } from '../../../src/ipfs/linked.ts'
import type { Block, IpfsNode } from '../../../src/ipfs/node.ts'
import type { AnchoredBatches } from '../../../src/replication/anchored.ts'
import { Brought } from '../../../src/replication/brought.ts'
import { Fetcher } from '../../../src/replication/fetcher.ts'
import { Standings } from '../../../src/replication/standings.ts'
import { openStore } from '../../../src/store/store.ts'
import type { DeviceStanding } from '../../../src/verify/judge.ts'
import { loadRecover } from '../../../src/verify/recover.ts'
import { TestDevice } from '../../link/support/devices.ts'
import { address, hex32 } from './support/anchored.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-fetcher-'))
t.teardown(() => rm(dir, { recursive: true }))
const log = pino({ level: 'silent' })
const keyFile = join(dir, 'swarm.key')
await writeFile(keyFile, `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`)

async function nodeNamed(name: string): Promise<IpfsNode> {
  const node = embeddedIpfs(
    { path: join(dir, name), listen: ['/ip4/127.0.0.1/tcp/0'], swarmKeyFile: keyFile, reserveBytes: 0 },
    { log },
  )
  await node.start()
  t.teardown(() => node.stop())
  return node
}

const [theirs, ours] = [await nodeNamed('theirs'), await nodeNamed('ours')]
await ours.dial(theirs.addresses[0] ?? '')
const store = await openStore(
  { path: join(dir, 'journal'), reserveBytes: 0, keepMs: 1 },
  { log, archive: ours },
)
t.teardown(() => store.close())
const realm = { chainId: 5, directory: address(), genesis: hex32() }
const origin = address()
const devices = new Map<Address, DeviceStanding>()
const standings = new Standings({ ipfs: ours, eraser: store.eraser })
const recover = await loadRecover()
/** What other hospitals say to have in the place of whatever is asked for. */
let replacements: readonly Uint8Array[] = []
const brought = new Brought({ realm, recover })
const deps = {
  ipfs: ours,
  store,
  standings,
  brought,
  directory: { device: (device: Address) => devices.get(device), refresh: async () => {} },
  recover,
  clock: systemClock,
  replacements: async () => replacements,
}
const fetcher = new Fetcher({ realm, hospital: address() }, deps)
const newDevice = (standing: DeviceStanding = { status: 'bound', patient: address() }) => {
  const device = new TestDevice(realm)
  devices.set(device.address, standing)
  return device
}

/** Have the other hospital anchor `leaves`, whose blocks it may or may not have. */
async function anchored(leaves: readonly BatchLeaf[]): Promise<AnchoredBatches> {
  const bytes = encodeManifest({ hospital: origin, leaves })
  const digest = hash('sha256', bytes, 'buffer')
  await theirs.pin({ digest, bytes })
  const root = toHex(merkleTree(leaves.map(batchLeafHash)).root) as string as Hex32
  const manifest = toHex(digest) as string as Hex32
  const place = { transaction: hex32(), blockNumber: 1, blockHash: hex32() }
  return { root, origin, count: leaves.length, manifest, ...place }
}

const sealedBy = (device: TestDevice, count: number) => Array.from({ length: count }, () => device.seal())
const leavesOf = (sealed: ReturnType<typeof sealedBy>): readonly BatchLeaf[] =>
  sealed.map(({ header, digest }) => ({ ...header, digest }))
t.setTimeout(120_000)
const missing = ({ manifest }: AnchoredBatches) => fetcher.missing(manifest, AbortSignal.timeout(30_000))
const fetch = (what: AnchoredBatches, limitMs = 30_000) => fetcher.fetch(what, AbortSignal.timeout(limitMs))

/** A peer that said it has nothing, or gave a block just now, takes more than one question to be heard. */
async function fetchAgain(by: Fetcher, what: AnchoredBatches) {
  let fetched = await by.fetch(what, AbortSignal.timeout(30_000))
  for (let round = 0; round < 4 && fetched.outcome === 'missing'; round++) {
    // Helia loses a question that is asked while it still takes the last one back.
    await delay(500)
    fetched = await by.fetch(what, AbortSignal.timeout(30_000))
  }
  return fetched
}

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

/** Have these batches erased here, as an order does when it is carried out. */
async function erase(sealed: ReturnType<typeof sealedBy>): Promise<void> {
  const digests = sealed.map(({ digest }) => digest)
  await ours.drop?.(digests)
  await store.eraser.forget((await store.reader.findMany(digests)).flatMap((held) => held ?? []))
}
const heldHere = async (sealed: ReturnType<typeof sealedBy>) =>
  (await Promise.all(sealed.map(({ digest }) => ours.get(digest, AbortSignal.abort())))).map(
    (bytes) => bytes !== undefined,
  )

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
  replacements = [ofAnother, fromHex(other.manifest)]
  t.match(await fetch(what), { outcome: 'missing' })
  replacements = [ofAnother, left]
  const fetched = await fetchAgain(fetcher, what)
  const kept = sealed.filter((one) => !gone.includes(one)).map(({ digest }) => digest)
  t.match(fetched, { outcome: 'held', isReduced: true, indexed: kept })
  const digests = sealed.map((one) => (gone.includes(one) ? new Uint8Array(32) : one.digest))
  t.same('digests' in fetched && fetched.digests.map(toHex), digests.map(toHex), 'places stay')
  t.same(await standings.replacementOf(what.manifest), left)
  t.equal(await missing(what), 0)
  replacements = []
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
  t.match(await fetchAgain(mine, what), { outcome: 'held' })
  t.equal(await gone(), 0)
})

const hashOf = (block: Uint8Array | undefined) => block && toHex(hash('sha256', block, 'buffer'))
