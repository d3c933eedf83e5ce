import { createHash, hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type SignedErasure, signErasure } from '@hygeia/protocol/erasure/erasure'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { decodeReplacement, leafHashesOf } from '@hygeia/protocol/manifest/replacement'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { treeNodes } from '../../../src/anchor/tree.ts'
import { Erasures } from '../../../src/erasure/erasures.ts'
import { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import { IpfsError } from '../../../src/ipfs/errors.ts'
import { openStore } from '../../../src/store/store.ts'
import { batchOf, deviceNumber, scratch, silent } from '../store/support/batches.ts'
import { HandClock } from '../support/hand-clock.ts'

const realm = {
  chainId: 7,
  directory: `0x${'d1'.repeat(20)}` as Address,
  genesis: `0x${'9e'.repeat(32)}` as Hex32,
}
const hospital = `0x${'11'.repeat(20)}` as Address
const clock = new HandClock()
const patient = keySigner(new Uint8Array(32).fill(7))
const device = deviceNumber(1)
const COUNT = 6
const minute = (number: number) => (1_000_000 + number * MINUTE_MS) as UnixMs
const hex32 = (text: string) => toHex(createHash('sha256').update(text).digest()) as string as Hex32

/** A journal and a node that hold six batches of a minute each, under two anchors that are final. */
async function scene(t: Test) {
  const dir = await scratch(t)
  const ipfs = embeddedIpfs({ path: join(dir, 'ipfs'), listen: [], reserveBytes: 0 }, { log: silent })
  await ipfs.start()
  const store = await openStore(
    { path: join(dir, 'journal'), reserveBytes: 0, keepMs: 1_000 },
    { log: silent, archive: ipfs },
  )
  t.teardown(async () => {
    await store.close()
    await ipfs.stop()
  })
  const batches = Array.from({ length: COUNT }, (_, index) => {
    const to = (minute(index + 1) - 1) as UnixMs
    return batchOf({ device, sequence: index + 1, from: minute(index), to }, 1_000, 2_000)
  })
  for (const batch of batches) await store.take(batch)
  await ipfs.putMany(batches)
  const anchors = [await anchor(1, 4), await anchor(5, 6)]
  async function anchor(first: number, last: number) {
    const records = (await store.records(first, last)).all()
    const nodes = await treeNodes(records.map(({ leafHash }) => leafHash))
    const root = toHex(nodes.subarray(0, 32)) as string as Hex32
    const bytes = encodeManifest({ hospital, leaves: records })
    const digest = hash('sha256', bytes, 'buffer')
    await ipfs.pin({ digest, bytes })
    const manifest = toHex(digest) as string as Hex32
    const record = await store.anchors.intend({ first, last, root, manifest }, nodes)
    const place = { transaction: hex32('transaction'), blockNumber: 7, blockHash: hex32('block') }
    const signed = {
      hospital,
      root,
      count: last - first + 1,
      manifest,
      ...place,
      signature: new Uint8Array(64),
    }
    return await store.anchors.finish(record, signed, 1 as UnixMs)
  }
  const audited: object[] = []
  const dropped: number[][] = []
  const erasures = new Erasures(
    { realm, hospital },
    {
      store,
      ipfs,
      replicas: { leaveOut: async () => ({ manifests: 0, former: [] }) },
      devices: { devicesOf: (account) => (account === patient.address ? [device] : []) },
      grants: {
        dropWithin: async (_, from, to) => {
          dropped.push([from, to])
          return 2
        },
      },
      audit: { append: async (draft) => audited.push(draft) },
      recover: recoverAddress,
      clock,
      metrics: new Registry(),
    },
  )
  return { dir, ipfs, store, batches, anchors, erasures, audited, dropped }
}

function order(from: UnixMs, to: UnixMs, changes: Partial<SignedErasure> = {}): SignedErasure {
  const expires = (clock.now() + MINUTE_MS) as UnixMs
  return { ...signErasure(realm, { patient: patient.address, from, to, expires }, patient), ...changes }
}

/** Whether any file below `dir` holds `bytes`. */
async function isOnDisk(dir: string, bytes: Uint8Array): Promise<boolean> {
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    if ((await readFile(join(entry.parentPath, entry.name))).includes(Buffer.from(bytes))) return true
  }
  return false
}

t.test('what is erased is neither listed, found, given out nor anywhere on the disk', async (t) => {
  const { dir, ipfs, store, batches, erasures, audited, dropped } = await scene(t)
  const [, second, third, ...others] = batches
  if (second === undefined || third === undefined) return t.fail('six batches')
  const middle = second.bytes.subarray(100, 400)
  t.ok(await isOnDisk(dir, middle), 'before')
  const erased = await erasures.erase(order(minute(1), minute(3)))
  t.same(erased, { batches: 2, waiting: 0, manifests: 1, grants: 2 })
  t.same(dropped, [[minute(1), minute(3)]])
  t.match(audited, [{ event: 'erased', patient: patient.address, batches: 2 }])
  for (const { bytes } of [second, third]) {
    t.notOk(await isOnDisk(dir, bytes.subarray(100, 400)), 'after')
  }
  const listed = await store.reader.list({
    devices: [device],
    from: 0 as UnixMs,
    to: minute(COUNT),
    limit: 100,
  })
  t.equal(listed.batches.length, COUNT - 2)
  const digests = [second.digest, third.digest]
  t.same(await store.reader.findMany(digests), [undefined, undefined])
  t.same(await store.reader.blocks(digests), [undefined, undefined])
  t.same(await Promise.all(digests.map((digest) => ipfs.get(digest))), [undefined, undefined])
  for (const { digest, bytes } of others) t.same(await ipfs.get(digest), bytes, 'the others stay')
})

t.test('the replacement makes the same root, links to what is left, and the old one is gone', async (t) => {
  const { ipfs, store, batches, anchors, erasures } = await scene(t)
  const [anchor] = anchors
  if (anchor === undefined) return t.fail('an anchor')
  const former = await store.eraser.standingFor(anchor.manifest)
  await erasures.erase(order(minute(1), minute(2)))
  const first = await store.eraser.standingFor(anchor.manifest)
  await erasures.erase(order(minute(3), minute(4)))
  const second = await store.eraser.standingFor(anchor.manifest)
  for (const gone of [former, first]) t.equal(await ipfs.get(gone), undefined)
  const replacement = decodeReplacement((await ipfs.get(second)) ?? new Uint8Array())
  t.equal(replacement.replaces, anchor.manifest, 'the one that the chain names')
  t.equal(toHex(merkleTree(leafHashesOf(replacement)).root), anchor.root)
  t.same(
    replacement.leaves.map((leaf) => ('leafHash' in leaf ? 'erased' : toHex(leaf.digest))),
    [batches[0], undefined, batches[2], undefined].map((batch) =>
      batch === undefined ? 'erased' : toHex(batch.digest),
    ),
  )
})

t.test('what is erased and comes again is known, and not taken', async (t) => {
  const { store, batches, erasures } = await scene(t)
  await erasures.erase(order(minute(0), minute(COUNT)))
  for (const batch of batches) t.match(await store.take(batch), { outcome: 'known' })
  t.same(
    await store.reader.blocks(batches.map(({ digest }) => digest)),
    batches.map(() => undefined),
  )
  const again = await erasures.erase(order(minute(0), minute(COUNT)))
  t.match(again, { batches: 0, manifests: 0 })
})

t.test(
  'what a node cannot delete yet is said to be there still, and the same order finishes it',
  async (t) => {
    const { ipfs, store, batches, anchors, erasures } = await scene(t)
    const [anchor] = anchors
    const drop = ipfs.drop?.bind(ipfs)
    ipfs.drop = async () => {
      throw new IpfsError('kept', { code: 'IPFS_DOWN' })
    }
    const [first] = batches
    if (first === undefined || drop === undefined || anchor === undefined) return t.fail('a batch')
    await t.rejects(erasures.erase(order(minute(0), minute(1))), { code: 'ERASURE_UNFINISHED' })
    t.equal((await store.reader.findMany([first.digest])).filter((one) => one !== undefined).length, 1)
    ipfs.drop = drop
    t.match(await erasures.erase(order(minute(0), minute(1))), { batches: 1 })
    t.equal(await ipfs.get(first.digest), undefined)
    t.equal(await ipfs.get(Buffer.from(anchor.manifest.slice(2), 'hex')), undefined)
    const standing = await ipfs.get(await store.eraser.standingFor(anchor.manifest))
    t.match(standing && decodeReplacement(standing), { replaces: anchor.manifest }, 'what replaced it stays')
  },
)

t.test('what is not anchored for good waits', async (t) => {
  const { store, ipfs, erasures } = await scene(t)
  const late = batchOf({ device, sequence: 7, from: minute(7), to: (minute(8) - 1) as UnixMs })
  await store.take(late)
  await ipfs.putMany([late])
  t.match(await erasures.erase(order(minute(0), minute(9))), { batches: COUNT, waiting: 1 })
  t.same(await store.reader.blocks([late.digest]), [late.bytes])
})

t.test('nobody else can have it erased, and no order stands for long', async (t) => {
  const { erasures, audited } = await scene(t)
  const good = order(minute(0), minute(2))
  const late = (clock.now() + 90 * MINUTE_MS) as UnixMs
  const stranger = keySigner(new Uint8Array(32).fill(8))
  const { signature } = signErasure(realm, good, stranger)
  await t.rejects(erasures.erase({ ...good, to: minute(3) }), { code: 'ERASURE_SIGNATURE' })
  await t.rejects(erasures.erase({ ...good, signature }), { code: 'ERASURE_SIGNATURE' })
  await t.rejects(erasures.erase({ ...good, expires: clock.now() }), { code: 'ERASURE_EXPIRED' })
  await t.rejects(erasures.erase({ ...good, expires: late }), { code: 'ERASURE_EXPIRED' })
  await t.rejects(
    erasures.erase(order(minute(0), late)),
    { code: 'ERASURE_EXPIRED' },
    'nor of a time to come',
  )
  t.same(audited, [])
})
