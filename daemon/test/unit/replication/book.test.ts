import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SignedHolding } from '@hygeia/protocol/holding/holding'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { nameOf } from '../../../src/ipfs/linked.ts'
import type { AnchoredBatches } from '../../../src/replication/anchored.ts'
import { ReplicaBook } from '../../../src/replication/book.ts'
import { Disk, del, NOTHING, put } from '../../../src/store/disk.ts'
import { address, anchoredManifest, hex32 } from './support/anchored.ts'

const log = pino({ level: 'silent' })
const [own, other, third] = [address(), address(), address()]

async function bookAt(path: string): Promise<ReplicaBook> {
  const book = new ReplicaBook({ path, reserveBytes: 0 }, { log })
  await book.start()
  return book
}

async function scratch(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-replicas-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return join(dir, 'replicas')
}

const theirs = (count: number, blockNumber: number) => {
  const { anchored, leaves } = anchoredManifest(other, count, blockNumber)
  return { anchored, digests: leaves.map(({ digest }) => digest) }
}
const holding = (anchored: AnchoredBatches, hospital: Address): SignedHolding => {
  const { root, manifest, count } = anchored
  return { hospital, root, manifest, count, at: 1_000 as UnixMs, signature: new Uint8Array(64) }
}

t.test('what is to be fetched is still to be fetched after a restart, oldest first', async (t) => {
  const path = await scratch(t)
  const first = await bookAt(path)
  const anchors = [theirs(3, 9), theirs(2, 4), theirs(1, 6)].map(({ anchored }) => anchored)
  await first.note(
    anchors.map((anchored) => ({ anchored, isOurs: true, ask: [other] })),
    20,
  )
  await first.stop()
  const book = await bookAt(path)
  t.teardown(() => book.stop())
  t.equal(book.wanted, 3)
  t.equal(book.through, 20)
  t.equal(await book.oldestWanted(), 4)
  const next = await book.nextWanted(2, () => false)
  t.same(
    next.map(({ blockNumber }) => blockNumber),
    [4, 6],
  )
  const left = await book.nextWanted(2, ({ root }) => root === anchors[1]?.root)
  t.same(
    left.map(({ blockNumber }) => blockNumber),
    [6, 9],
    'what is put off keeps nothing back',
  )
  await book.note([{ anchored: anchors[0] as AnchoredBatches, isOurs: true, ask: [other] }], 21)
  t.equal(book.wanted, 3, 'told twice, it is one')
})

t.test(
  'a manifest that is held is found by its batches, and wanted again when something is gone',
  async (t) => {
    const book = await bookAt(await scratch(t))
    t.teardown(() => book.stop())
    const { anchored, digests } = theirs(150, 4)
    await book.note([{ anchored, isOurs: true, ask: [] }], 4)
    const [record] = await book.nextWanted(1, () => false)
    if (record === undefined) throw new Error('nothing is wanted')
    await book.hold(record, digests, digests.slice(0, 10), holding(anchored, own))
    t.equal(book.wanted, 0)
    t.equal(await book.oldestWanted(), undefined)
    const names = (some: readonly Uint8Array[]) => new Set(some.map(nameOf))
    t.match(await book.naming(names([...digests.slice(70, 72), randomBytes(32)])), [anchored])
    t.same(await book.naming(names([randomBytes(32)])), [])
    for (const index of [0, 63, 64, 149]) t.same(await book.digestAt(anchored.root, index), digests[index])
    t.equal(await book.digestAt(anchored.root, 150), undefined)
    t.equal(await book.rootOf(digests[9] as Uint8Array), anchored.root)
    t.equal(await book.rootOf(digests[10] as Uint8Array), undefined, 'that one its device brought')
    t.ok(await book.own(anchored))
    await book.lose(record)
    t.equal(book.wanted, 1)
    t.equal(await book.own(anchored), undefined, 'and nobody is told that it is held')
  },
)

t.test('nobody is told that one is held of which some was erased before it came', async (t) => {
  const path = await scratch(t)
  const book = await bookAt(path)
  const { anchored, digests } = theirs(3, 4)
  await book.note([{ anchored, isOurs: true, ask: [] }], 4)
  const [record] = await book.nextWanted(1, () => false)
  if (record === undefined) throw new Error('nothing is wanted')
  t.equal(await book.isReduced(anchored), false)
  await book.hold(record, digests, digests, 'reduced')
  t.equal(book.wanted, 0)
  t.equal(book.faulty, 0)
  t.equal((await book.heldUnder(anchored.root)).length, 1, 'what is left is held')
  t.equal(await book.own(anchored), undefined)
  await book.lose(record)
  await book.stop()
  const again = await bookAt(path)
  t.teardown(() => again.stop())
  t.equal(await again.isReduced(anchored), true, 'nor later, should it be fetched again')
})

t.test('a lie is not fetched again and stays named; one that is cleared is not', async (t) => {
  const path = await scratch(t)
  const book = await bookAt(path)
  const [lie, late] = [theirs(1, 4), theirs(2, 5)]
  await book.note(
    [lie, late].map(({ anchored }) => ({ anchored, isOurs: true, ask: [] })),
    5,
  )
  const [first, second] = await book.nextWanted(2, () => false)
  if (first === undefined || second === undefined) throw new Error('two are wanted')
  await book.reject(first, 'MANIFEST_ROOT')
  await book.blame(second, 'MANIFEST_NOT_SERVED')
  t.equal(book.faulty, 2)
  t.equal(book.wanted, 1)
  await book.hold(second, late.digests, [], holding(late.anchored, own))
  await book.stop()
  const again = await bookAt(path)
  t.teardown(() => again.stop())
  t.equal(again.faulty, 1)
  t.match(await again.faults(10), [{ origin: other, fault: 'MANIFEST_ROOT', state: 'rejected' }])
})

t.test('copies are missing until their holders proved them, or are no holders any more', async (t) => {
  const path = await scratch(t)
  const book = await bookAt(path)
  const { anchored } = anchoredManifest(own, 3, 8)
  await book.note([{ anchored, isOurs: true, ask: [other, third] }], 8)
  const { statements } = book
  t.equal(statements.underReplicated, 2)
  const { records } = await statements.toAsk(other, 64)
  t.match(records, [{ root: anchored.root }])
  await statements.takeHolding(records[0] as (typeof records)[0], holding(anchored, other))
  await statements.takeHolding(records[0] as (typeof records)[0], holding(anchored, other))
  t.equal(statements.underReplicated, 1, 'said twice, it is one copy')
  t.same((await statements.toAsk(other, 64)).records, [])
  await book.stop()
  const again = await bookAt(path)
  t.teardown(() => again.stop())
  t.equal(again.statements.underReplicated, 1)
  t.match(await again.statements.holdings(anchored), [{ hospital: other }])
  await again.statements.askNoMore(third)
  t.equal(again.statements.underReplicated, 0)
  const record = await again.record(anchored)
  if (record === undefined) throw new Error('lost')
  await again.reassign(record, { anchored, isOurs: true, ask: [other, third] })
  t.equal(again.statements.underReplicated, 1, 'who came back is asked again')
})

t.test('who has enough on its way is passed over, however much there is of it', async (t) => {
  const book = await bookAt(await scratch(t))
  t.teardown(() => book.stop())
  const anchors = Array.from({ length: 302 }, (_, block) => ({
    ...anchoredManifest(block < 300 ? other : third, 1, block).anchored,
    root: hex32(),
  }))
  await book.note(
    anchors.map((anchored) => ({ anchored, isOurs: true, ask: [] })),
    302,
  )
  let looked = 0
  const isLeftOut = () => {
    looked++
    return false
  }
  const blocksOf = (records: Awaited<ReturnType<typeof book.nextWanted>>) =>
    records.map(({ blockNumber }) => blockNumber)
  t.same(blocksOf(await book.nextWanted(6, isLeftOut, (origin) => (origin === other ? 0 : 2))), [300, 301])
  t.equal(looked, 2)
  t.same(
    blocksOf(
      await book.nextWanted(
        3,
        () => false,
        () => 2,
      ),
    ),
    [0, 1, 300],
    'the oldest of what there is room for',
  )
  t.equal(await book.oldestWanted(), 0)
})

t.test('a book of the former layout is taken over', async (t) => {
  const path = await scratch(t)
  const { anchored } = theirs(3, 7)
  const book = await bookAt(path)
  await book.note([{ anchored, isOurs: true, ask: [] }], 7)
  await book.stop()
  const disk = new Disk({ path, reserveBytes: 0 }, { log })
  await disk.open()
  const [key] = await disk.level.keys({ gte: Buffer.from('w'), lt: Buffer.from('x') }).all()
  if (key === undefined) throw new Error('one is wanted')
  const former = Buffer.concat([Buffer.from('w'), key.subarray(21)])
  await disk.write([del(key), put(former, NOTHING)], true)
  await disk.close()
  const again = await bookAt(path)
  t.teardown(() => again.stop())
  t.equal(again.wanted, 1)
  t.equal(await again.oldestWanted(), 7)
  const [record] = await again.nextWanted(2, () => false)
  if (record === undefined) throw new Error('it is still wanted')
  await again.hold(record, [], [], holding(anchored, own))
  t.same(await again.nextWanted(2, () => false), [])
  t.equal(again.wanted, 0)
})

t.test('what is lost is not looked for any more, nor asked about, nor blamed', async (t) => {
  const path = await scratch(t)
  const book = await bookAt(path)
  const [mine, theirs] = [own, other].map((origin) => anchoredManifest(origin, 3, 8).anchored)
  if (mine === undefined || theirs === undefined) throw new Error('two')
  await book.note(
    [
      { anchored: mine, isOurs: true, ask: [other, third] },
      { anchored: theirs, isOurs: true, ask: [other] },
    ],
    8,
  )
  const records = await book.nextWanted(2, () => false)
  for (const record of records) {
    await book.blame(record, 'MANIFEST_NOT_SERVED')
    await book.giveUp(record, [other, third])
    await book.blame(record, 'MANIFEST_NOT_SERVED')
  }
  const isQuiet = async (told: ReplicaBook) => {
    const { wanted, faulty, statements } = told
    t.match({ wanted, faulty, copies: statements.underReplicated }, { wanted: 0, faulty: 0, copies: 0 })
    for (const hospital of [other, third]) t.same((await statements.toAsk(hospital, 64)).records, [])
  }
  await isQuiet(book)
  await book.stop()
  const again = await bookAt(path)
  t.teardown(() => again.stop())
  for (const anchored of [mine, theirs]) {
    const lost = await again.record(anchored)
    if (lost === undefined) throw new Error('it stays in the book')
    t.equal(lost.state, 'lost')
    await again.reassign(lost, { anchored, isOurs: true, ask: [other, third] })
  }
  await isQuiet(again)
})

t.test('many questions are asked in turn, the newest always among them', async (t) => {
  const book = await bookAt(await scratch(t))
  t.teardown(() => book.stop())
  const anchors = Array.from({ length: 20 }, (_, index) => ({
    ...anchoredManifest(own, 1, index).anchored,
    root: hex32(),
  }))
  await book.note(
    anchors.map((anchored) => ({ anchored, isOurs: true, ask: [other] })),
    20,
  )
  const asked = new Set<number>()
  let next: Uint8Array | undefined
  for (let round = 0; round < 5; round++) {
    const part = await book.statements.toAsk(other, 8, next)
    next = part.next
    t.ok(part.records.some(({ blockNumber }) => blockNumber === 19))
    for (const { blockNumber } of part.records) asked.add(blockNumber)
  }
  t.equal(asked.size, 20)
})

t.test('blocks that were taken back are forgotten, and read again', async (t) => {
  const book = await bookAt(await scratch(t))
  t.teardown(() => book.stop())
  const [kept, gone] = [theirs(1, 4), theirs(2, 9)]
  const assigned = [kept, gone].map(({ anchored }) => ({ anchored, isOurs: true, ask: [other] }))
  await book.note(assigned, 12)
  await book.rewind(8)
  t.equal(book.through, 7)
  t.equal(book.wanted, 1)
  t.equal(await book.record(gone.anchored), undefined)
  t.match((await book.statements.toAsk(other, 8)).records, [{ blockNumber: 4 }])
  await book.note([{ anchored: { ...gone.anchored, blockNumber: 10 }, isOurs: true, ask: [other] }], 12)
  t.match(await book.record(gone.anchored), { blockNumber: 10 })
})

t.test('what one hospital anchored says nothing of what another did under the same root', async (t) => {
  const book = await bookAt(await scratch(t))
  t.teardown(() => book.stop())
  const [honest, squatter] = [theirs(2, 5), theirs(2, 4)]
  const junk = { ...squatter.anchored, origin: third, manifest: hex32() }
  await book.note([{ anchored: junk, isOurs: true, ask: [third] }], 4)
  await book.note([{ anchored: honest.anchored, isOurs: true, ask: [other] }], 5)
  const [first, second] = await book.nextWanted(2, () => false)
  if (first === undefined || second === undefined) throw new Error('both are wanted')
  await book.reject(first, 'MANIFEST_MALFORMED')
  await book.hold(second, honest.digests, honest.digests, holding(honest.anchored, own))
  await book.statements.takeHolding(second, holding(honest.anchored, third))
  t.match(await book.heldUnder(honest.anchored.root), [{ origin: other, state: 'held' }])
  t.match(await book.record(junk), { origin: third, state: 'rejected' })
  t.match(await book.faults(2), [{ origin: third }])
  t.ok(await book.own(honest.anchored))
  t.equal(await book.own(junk), undefined)
  t.same(await book.statements.holdings(junk), [])
  t.match((await book.statements.toAsk(third, 8)).records, [{ origin: third }])
  await book.rewind(5)
  t.equal(await book.record(honest.anchored), undefined)
  t.match((await book.statements.toAsk(third, 8)).records, [{ origin: third }], 'and is forgotten alone')
  t.same((await book.statements.toAsk(other, 8)).records, [])
})
