import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Incarnation } from '@hygeia/protocol/ids'
import type { Priority } from '@hygeia/protocol/sealed/header'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { Database } from '../../../src/disk/database.ts'
import { Spool } from '../../../src/spool/spool.ts'
import { testFolder } from '../../support/bedside.ts'

const incarnation = `0x${'aa'.repeat(8)}` as Incarnation
const options = { limitBytes: 10_000, deadLimitBytes: 2_500, rateAfterMs: 120_000 }

async function open(t: { teardown(work: () => unknown): unknown }, folder?: string) {
  const path = join(folder ?? (await testFolder(t)), 'agent.db')
  const database = Database.open(path)
  const clock = new SimulatedClock({
    startUnix: 1_000 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Infinity,
  })
  const spool = new Spool(options, { database, clock })
  const put = (sequence: number, priority: Priority = 'vitals', bytes = 1_000) => {
    const block = new Uint8Array(bytes).fill(sequence)
    const digest = createHash('sha256').update(block).digest()
    database.transaction(() => spool.insert({ incarnation, sequence, priority, digest, block }))
    spool.inserted(bytes)
    return digest
  }
  const idOf = (digest: Uint8Array) => spool.find(digest)?.id ?? 0
  const later = (ms: number) =>
    clock.sleepUntil((clock.monotonic() + ms) as MonotonicMs, new AbortController().signal)
  return { database, spool, put, idOf, later }
}

t.test('batches come out oldest first, each priority by itself', async (t) => {
  const { spool, put } = await open(t)
  put(1)
  put(2, 'alert')
  put(3)
  const vitals = spool.after('vitals', 0, 10)
  t.same(
    vitals.map(({ sequence }) => sequence),
    [1, 3],
  )
  t.same(
    spool.after('vitals', vitals[0]?.id ?? 0, 10).map(({ sequence }) => sequence),
    [3],
  )
  t.match(spool.after('alert', 0, 10), [{ sequence: 2, priority: 'alert', incarnation }])
  t.same(spool.spans(), [{ incarnation, from: 1, to: 3 }])
})

t.test('what is received leaves; what is refused for ever is kept aside, and bounded', async (t) => {
  const { database, spool, put, idOf } = await open(t)
  const digests = [1, 2, 3, 4, 5].map((sequence) => put(sequence))
  const [received, ...refused] = digests
  database.transaction(() => spool.remove(idOf(received ?? new Uint8Array())))
  for (const digest of refused) database.transaction(() => spool.bury(idOf(digest), 'WRONG_LABEL'))
  t.match(spool.stats(), { batches: 0, bytes: 0, dead: 2, deadDropped: 2, deadByReason: { WRONG_LABEL: 2 } })
})

t.test('a transaction that is undone counts nothing', async (t) => {
  const { database, spool, put } = await open(t)
  put(1)
  t.throws(() =>
    database.transaction(() => {
      spool.insert({
        incarnation,
        sequence: 9,
        priority: 'rest',
        digest: Buffer.alloc(32),
        block: Buffer.alloc(500),
      })
      throw new Error('no')
    }),
  )
  t.match(spool.stats(), { batches: 1, bytes: 1_000 })
})

t.test('it is full at its limit, and tells how many hours are left', async (t) => {
  const { spool, put, later } = await open(t)
  for (let sequence = 1; sequence <= 5; sequence++) {
    put(sequence)
    if (sequence <= 2) t.equal(spool.stats().hoursLeft, undefined, 'too soon to tell')
    await later(60_000)
  }
  // 1000 bytes a minute, 4375 left before what is for alerts.
  const { hoursLeft } = spool.stats()
  t.ok(hoursLeft !== undefined && Math.abs(hoursLeft - 4.375 / 60) < 0.001, String(hoursLeft))
  t.equal(spool.hasRoom(true, 4_999), true)
  t.equal(spool.hasRoom(true, 5_000), false)
  t.equal(spool.hasRoom(false, 4_374), true, 'a sixteenth is for alerts')
  t.equal(spool.hasRoom(false, 4_375), false)
  for (let sequence = 6; sequence <= 10; sequence++) put(sequence)
  t.match(spool.stats(), { isFull: true, hoursLeft: 0 })
  await later(2 * 3_600_000)
  t.match(spool.stats(), { hoursLeft: 0 }, 'also when nothing has come for long')
})

t.test('ages are told of this process only', async (t) => {
  const folder = await testFolder(t)
  const first = await open(t, folder)
  const digest = first.put(1)
  await first.later(250)
  t.equal(first.spool.find(digest)?.ageMs, 250)
  first.database.close()
  t.equal((await open(t, folder)).spool.find(digest)?.ageMs, undefined)
})
