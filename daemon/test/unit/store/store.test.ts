import { join } from 'node:path'
import { sameBytes } from '@hygeia/protocol/cbor'
import { toHex } from '@hygeia/protocol/ids'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import t from 'tap'
import { openStore } from '../../../src/store/store.ts'
import { batchOf, cidOfBatch, deviceNumber, NEVER, scratch, silent, storeFor } from './support/batches.ts'

t.test('batches are numbered as they come, also when many come at once', async (t) => {
  const store = await storeFor(t)
  const batches = Array.from({ length: 50 }, (_, index) => batchOf({ sequence: index }))
  const told: number[] = []
  store.onTaken((last) => told.push(last))
  const admissions = await Promise.all(batches.map((batch) => store.take(batch)))
  t.match(
    admissions,
    batches.map((_, index) => ({ outcome: 'new', arrival: index + 1 })),
  )
  t.equal(store.last, 50)
  t.equal(told.at(-1), 50)
  t.ok(told.length < 50, 'they shared commits')
})

t.test('a batch that comes again is known, in the same commit and after a restart', async (t) => {
  const path = join(await scratch(t), 'ingest')
  const batch = batchOf()
  const first = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: NEVER })
  t.match(await Promise.all([first.take(batch), first.take(batch)]), [
    { outcome: 'new', arrival: 1 },
    { outcome: 'known', arrival: 1 },
  ])
  await first.close()
  const second = await storeFor(t, { path })
  t.same(await second.take(batch), { outcome: 'known', arrival: 1 })
  t.equal(second.last, 1)
  t.same((await second.reader.blocks([batch.digest]))[0], batch.bytes, 'its bytes are there')
})

t.test('two batches of one sequence are a fork: the later is evidence, not data', async (t) => {
  const store = await storeFor(t)
  const [one, two, three] = [batchOf(), batchOf(), batchOf()]
  t.match(await Promise.all([store.take(one), store.take(two)]), [
    { outcome: 'new', arrival: 1 },
    { outcome: 'forked', against: one.digest },
  ])
  t.same(await store.take(three), { outcome: 'forked', against: one.digest }, 'in a later commit too')
  t.same(await store.take(two), { outcome: 'forked', against: one.digest }, 'and when it comes again')
  t.same(await store.take(one), { outcome: 'known', arrival: 1 }, 'the first stays what it is')
  const kept = await store.forks.of(one.header.device)
  t.equal(kept.length, 2)
  const evidence = await store.forks.find(two.header.device, two.digest)
  t.same(evidence, { bytes: two.bytes, against: one.digest, at: two.at })
  t.equal(await store.reader.find(two.digest), undefined)
  t.equal(store.last, 1)
})

t.test('two successors of one batch are a fork; another device may name the same predecessor', async (t) => {
  const store = await storeFor(t)
  const first = batchOf({ sequence: 1 })
  const prev = cidOfBatch(first)
  const [second, rival] = [batchOf({ sequence: 2, prev }), batchOf({ sequence: 3, prev })]
  const stranger = batchOf({ device: deviceNumber(2), sequence: 2, prev })
  await store.take(first)
  t.match(await store.take(second), { outcome: 'new' })
  t.match(await store.take(rival), { outcome: 'forked', against: second.digest })
  t.match(await store.take(stranger), { outcome: 'new' })
})

t.test('evidence of one device is bounded', async (t) => {
  const store = await storeFor(t)
  await store.take(batchOf())
  for (let round = 0; round < 7; round++) {
    const forks = await Promise.all(Array.from({ length: 10 }, () => store.take(batchOf())))
    t.ok(forks.every(({ outcome }) => outcome === 'forked'))
  }
  t.ok((await store.forks.of(deviceNumber(1))).length < 80)
})

t.test('what was taken last is there without reading it back, once; then from the disk', async (t) => {
  const store = await storeFor(t)
  const batches = Array.from({ length: 30 }, (_, index) => batchOf({ sequence: index }))
  await Promise.all(batches.map((batch) => store.take(batch)))
  const digests = batches.map(({ digest }) => toHex(digest))
  for (const round of ['from memory', 'from the disk']) {
    const blocks = await store.blocks(1, 30)
    t.same(
      blocks.map(({ digest }) => toHex(digest)),
      digests,
      `digests ${round}`,
    )
    t.ok(blocks.every(({ bytes }, index) => sameBytes(bytes, batches[index]?.bytes ?? bytes.subarray(1))))
    const records = (await store.records(1, 30)).all()
    store.release(30)
    t.same(
      records.map(({ digest }) => toHex(digest)),
      digests,
      `records ${round}`,
    )
    t.same(
      records.map(({ arrival, sequence }) => arrival - sequence),
      batches.map(() => 1),
    )
  }
})

t.test('a predecessor that has not come is a gap until it comes', async (t) => {
  const store = await storeFor(t)
  const chain = [batchOf({ sequence: 1 })]
  for (let sequence = 2; sequence <= 4; sequence++) {
    const before = chain.at(-1)
    if (before === undefined) throw new Error('unreachable')
    chain.push(batchOf({ sequence, prev: cidOfBatch(before) }))
  }
  const [one, two, three, four] = chain
  if (one === undefined || two === undefined || three === undefined || four === undefined)
    throw new Error('four')
  const gaps = () => store.reader.gaps(one.header.device, 10)
  await store.take(one)
  await store.take(four)
  t.same(await gaps(), [three.digest], 'one is missing before the fourth')
  await store.take(two)
  t.same(await gaps(), [three.digest])
  await store.take(three)
  t.same(await gaps(), [], 'all are there')
  t.same(digestOfCid(cidOfBatch(three)), three.digest)
})

t.test('opening 100,000 batches reads no more than opening none', async (t) => {
  const path = join(await scratch(t), 'ingest')
  const store = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: NEVER })
  for (let first = 0; first < 100_000; first += 2_000) {
    await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => {
        const number = first + index
        return store.take(batchOf({ device: deviceNumber(number % 100), sequence: number }, number, 300))
      }),
    )
  }
  await store.close()
  // In time of the processor: what else this machine does is not the store's.
  const before = process.cpuUsage()
  const again = await storeFor(t, { path })
  const { user, system } = process.cpuUsage(before)
  const tookMs = (user + system) / 1_000
  t.equal(again.last, 100_000)
  t.ok(tookMs < 3_000, `${tookMs.toFixed(0)} ms`)
})
