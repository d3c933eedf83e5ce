import { hash } from 'node:crypto'
import { Erasures } from '@hygeia/daemon/erasure/erasures'
import type { KuboIpfs } from '@hygeia/daemon/ipfs/kubo/node'
import type { AnchoredBatches } from '@hygeia/daemon/replication/anchored'
import { ReplicaBook } from '@hygeia/daemon/replication/book'
import { Brought } from '@hygeia/daemon/replication/brought'
import { ReplicaErasing } from '@hygeia/daemon/replication/erasing'
import { Fetcher, type Wanted } from '@hygeia/daemon/replication/fetcher'
import { Standings } from '@hygeia/daemon/replication/standings'
import { openStore } from '@hygeia/daemon/store/store'
import { loadRecover } from '@hygeia/daemon/verify/recover'
import { signErasure } from '@hygeia/protocol/erasure/erasure'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { TestDevice } from '../../daemon/test/link/support/devices.ts'
import { address, hex32 } from '../../daemon/test/unit/replication/support/anchored.ts'
import { addressOf, KuboBed } from './support/kubo-bed.ts'

t.setTimeout(180_000)

const bed = await KuboBed.make(t)
const log = createLog('engines', 'silent')
const realm = { chainId: 5, directory: address(), genesis: hex32() }
const patient = keySigner(new Uint8Array(32).fill(9))
const device = new TestDevice(realm)
const hourOf = (hour: number) => (1_700_000_000_000 + hour * HOUR_MS) as UnixMs

/** A batch of each hour from `first` on. */
const sealedIn = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    device.seal({ from: hourOf(first + index), to: (hourOf(first + index + 1) - 1) as UnixMs }),
  )

/** A hospital that holds on a Kubo what others anchored. */
async function holder(t: Test, name: string, ipfs: KuboIpfs) {
  const hospital = address()
  const store = await openStore(
    { path: bed.at(`${name}-journal`), reserveBytes: 0, keepMs: 1 },
    { log, archive: ipfs },
  )
  t.teardown(() => store.close())
  const book = new ReplicaBook({ path: bed.at(`${name}-replicas`), reserveBytes: 0 }, { log })
  await book.start()
  t.teardown(() => book.stop())
  const standings = new Standings({ ipfs, eraser: store.eraser })
  const common = { ipfs, store, standings, clock: systemClock }
  const recover = await loadRecover()
  const fetcher = new Fetcher(
    { realm, hospital },
    {
      ...common,
      brought: new Brought({ realm, recover }),
      directory: {
        device: (one) => (one === device.address ? { status: 'bound', patient: patient.address } : undefined),
        refresh: async () => {},
      },
      recover,
      replacements: async () => [],
      own: async () => undefined,
    },
  )
  const erasures = new Erasures(
    { realm, hospital },
    {
      ...common,
      replicas: new ReplicaErasing({ hospital }, { book, standings }),
      devices: { devicesOf: () => [device.address] },
      grants: { dropWithin: async () => 0 },
      audit: { append: async () => undefined },
      recover: recoverAddress,
      metrics: new Registry(),
    },
  )
  return {
    store,
    book,
    standings,
    fetcher,
    fetch: (what: Wanted) => fetcher.fetch(what, AbortSignal.timeout(60_000)),
    /** Note what was fetched, as replication does. */
    async hold(what: AnchoredBatches) {
      await book.note([{ anchored: what, isOurs: true, ask: [] }], what.blockNumber)
      const fetched = await fetcher.fetch(what, AbortSignal.timeout(60_000))
      if (fetched.outcome !== 'held') throw new Error(`not held: ${JSON.stringify(fetched)}`)
      const record = await book.record(what)
      if (record === undefined) throw new Error('not noted')
      const { root, manifest, count } = what
      const said = { hospital, root, manifest, count, at: systemClock.now(), signature: new Uint8Array(64) }
      await book.hold(record, fetched.digests, fetched.indexed, said)
    },
    erase: (from: UnixMs, to: UnixMs) => {
      const expires = (systemClock.now() + MINUTE_MS) as UnixMs
      return erasures.erase(signErasure(realm, { patient: patient.address, from, to, expires }, patient))
    },
  }
}

async function anchoredAt(
  source: KuboIpfs,
  origin: Address,
  sealed: ReturnType<typeof sealedIn>,
): Promise<AnchoredBatches> {
  const leaves = sealed.map(({ header, digest }): BatchLeaf => ({ ...header, digest }))
  const bytes = encodeManifest({ hospital: origin, leaves })
  const digest = hash('sha256', bytes, 'buffer')
  await source.putMany(sealed)
  await source.pin({ digest, bytes })
  const root = toHex(merkleTree(leaves.map(batchLeafHash)).root) as string as Hex32
  const place = { transaction: hex32(), blockNumber: 1, blockHash: hex32() }
  return { root, origin, count: leaves.length, manifest: toHex(digest) as string as Hex32, ...place }
}

const heldAt = async (node: KuboIpfs, sealed: ReturnType<typeof sealedIn>) =>
  (await Promise.all(sealed.map(({ digest }) => node.get(digest, AbortSignal.abort())))).map(
    (bytes) => bytes !== undefined,
  )

t.test(
  'what is erased at a hospital that holds it for others is gone there and does not come back',
  async (t) => {
    const [source, ours] = [await bed.startKubo(t, 'source'), await bed.startKubo(t, 'ours')]
    await ours.dial(addressOf(source))
    const { hold, erase, fetch, fetcher, book, standings, store } = await holder(t, 'ours', ours)
    const sealed = sealedIn(0, 30)
    // Two hospitals anchored some of them, each with its own manifest.
    const first = await anchoredAt(source, address(), sealed.slice(0, 20))
    const second = await anchoredAt(source, address(), sealed.slice(10))
    await hold(first)
    await hold(second)
    const expected = sealed.map((_, hour) => hour < 8 || hour >= 12)

    t.match(await erase(hourOf(8), hourOf(12)), { batches: 4, waiting: 0, manifests: 2 })
    t.same(await heldAt(ours, sealed), expected)
    for (const { manifest } of [first, second]) {
      t.equal(await ours.get(Buffer.from(manifest.slice(2), 'hex'), AbortSignal.abort()), undefined)
      t.match((await standings.held(manifest))?.manifest, { replaces: manifest })
      t.equal(await fetcher.missing(manifest, AbortSignal.timeout(60_000)), 0)
    }
    const left = sealed.filter((_, hour) => expected[hour]).map(({ digest }) => digest)
    for (const [what, indexed] of [
      [first, left.slice(0, 16)],
      [second, left.slice(8)],
    ] as const) {
      const [record] = await book.heldUnder(what.root)
      if (record !== undefined) await book.lose(record)
      t.match(await fetch({ ...what, state: 'gone' }), { outcome: 'held', indexed })
    }
    const third = await anchoredAt(source, address(), sealed.slice(5, 15))
    await hold(third)
    await ours.collect()
    t.same(await heldAt(ours, sealed), expected, 'the source has all of it still, and garbage is collected')
    t.same(
      await heldAt(source, sealed),
      sealed.map(() => true),
    )
    const found = await store.reader.findMany(sealed.map(({ digest }) => digest))
    t.same(
      found.map((batch) => batch !== undefined),
      expected,
    )
    t.match(await erase(hourOf(0), hourOf(30)), { batches: 26, manifests: 3 }, 'and then all')
    t.same(
      await heldAt(ours, sealed),
      sealed.map(() => false),
    )
  },
)
