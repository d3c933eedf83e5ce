import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { anchoredOnChain } from '../support/anchors.ts'
import type { RawBatch } from '../support/raw-device.ts'
import { receiptsAt } from '../support/replication.ts'
import { blockHashAt, falseReceipts } from '../support/true-receipts.ts'
import { until } from '../support/until.ts'
import { FAULT_MS, fault } from './support/fault.ts'
import { Issued } from './support/issued.ts'
import { nothingMissingOrDoubled } from './support/one-away.ts'
import { openWard, readBatches, type Ward } from './support/ward.ts'

const LIMIT_MS = 150_000
/** A block that was on its way when the wires were cut may still make an anchor final. */
const SETTLED_MS = 5_000

t.setTimeout(900_000)

/** An anchor in the branch of a hospital that is parted from others. */
interface Sealed {
  readonly root: string
  readonly blockNumber: number
  readonly blockHash: string
}

t.test('the consortium is parted, and healed', async (t: Test) => {
  const ward = await openWard(t)
  const issued = new Issued(ward)
  t.teardown(() => issued.stop())
  const { hospitals, devices, networks } = ward
  const anchor = (await ward.known[0].client.realm()).anchor
  let replaced = 0

  for (const alone of [2, 0]) {
    const done = `hospital ${alone + 1} parted from the two others`
    await fault(
      t,
      { done, asked: 'only the majority proves; what the other anchored is made again' },
      async (t) => {
        const majority = [0, 1, 2].filter((one) => one !== alone)
        await networks.part(alone)
        await delay(SETTLED_MS)
        const counts = devices.map(({ acknowledged }) => acknowledged.length)
        const since = (index: number) => devices[index]?.acknowledged.slice(counts[index]) ?? []
        const began = performance.now()
        await until(
          'batches are taken on both sides',
          async () => [0, 1, 2].every((index) => since(index).length >= 6),
          LIMIT_MS,
        )
        for (const index of majority) {
          const sent = since(index).slice(0, 6)
          await until('the majority proves what it takes', () => haveAll(ward, majority, sent), LIMIT_MS)
        }
        await delay(Math.max(0, FAULT_MS - (performance.now() - began)))
        const lonely = since(alone)
        t.same(
          lonely.filter(({ cid }) => issued.has(alone, cid)),
          [],
          'who is alone proves nothing',
        )
        const branch = await branchOf(ward, alone, anchor)
        await networks.heal(alone)
        const healed = performance.now()
        await until('all of it is proven by all', () => haveAll(ward, [0, 1, 2], lonely), LIMIT_MS)
        const seconds = (performance.now() - healed) / 1_000
        const moved = await movedFrom(ward, branch, anchor)
        replaced += moved
        return `${lonely.length} batches taken without a receipt; all have one ${seconds.toFixed(1)} s after healing; ${moved} of its anchors were in blocks that are no more`
      },
    )
  }

  const done = 'each of three parted from each: no majority'
  await fault(
    t,
    { done, asked: 'nothing is proven, reading is refused; all of it is made again' },
    async (t) => {
      for (const index of [0, 1, 2]) await networks.part(index)
      await delay(SETTLED_MS)
      const counts = devices.map(({ acknowledged }) => acknowledged.length)
      const before = devices.flatMap(({ acknowledged }) => acknowledged.slice(0, 1))
      await delay(FAULT_MS)
      const since = devices.flatMap(({ acknowledged }, index) => acknowledged.slice(counts[index]))
      t.ok(since.length > 0, 'batches are taken')
      t.same(
        since.filter(({ cid }) => [0, 1, 2].some((index) => issued.has(index, cid))),
        [],
        'none is proven',
      )
      const refusal = await readBatches(ward, before, ward.known).then(
        () => 'nothing',
        ({ code, message, detail }) => `${code} ${detail?.problem ?? message}`,
      )
      // By whoever lists what there is, or by the proxies: whichever is asked first once the chain is too old.
      t.match(
        refusal,
        /^(REFUSED STALE_CHAIN$|TOO_FEW_PROXIES .*refused: STALE_CHAIN)/s,
        'reading is refused',
      )
      const branches = await Promise.all([0, 1, 2].map((index) => branchOf(ward, index, anchor)))
      for (const index of [0, 1, 2]) await networks.heal(index)
      const healed = performance.now()
      await until('all of it is proven by all', () => haveAll(ward, [0, 1, 2], since), LIMIT_MS)
      const seconds = (performance.now() - healed) / 1_000
      let moved = 0
      for (const branch of branches) moved += await movedFrom(ward, branch, anchor)
      replaced += moved
      t.ok(replaced > 0, 'anchors of losing sides were really in blocks that are no more')
      return `${since.length} batches taken without a receipt, reading refused: STALE_CHAIN; all proven ${seconds.toFixed(1)} s after healing; ${moved} anchors were in blocks that are no more`
    },
  )

  await nothingMissingOrDoubled(t, ward)
  await fault(
    t,
    { done: 'every receipt ever issued', asked: 'is true on the healed chain of all' },
    async (t) => {
      await issued.stop()
      for (const { endpoints, logFile } of hospitals) {
        t.same(await falseReceipts(endpoints.rpc, anchor, issued.all), [])
        t.notMatch(await readFile(logFile, 'utf8'), /final blocks were replaced/)
      }
      return `${issued.all.length} receipts, none false`
    },
  )
})

/** Whether each of some hospitals has receipts for all of `batches`. */
async function haveAll(
  { hospitals }: Ward,
  places: readonly number[],
  batches: readonly RawBatch[],
): Promise<boolean> {
  for (const place of places) {
    const hospital = hospitals[place]
    if (hospital === undefined || (await receiptsAt(hospital, batches)) < batches.length) return false
  }
  return true
}

/** The newest anchors that a hospital's own node has now, with their blocks. */
async function branchOf({ hospitals }: Ward, index: number, anchor: string): Promise<readonly Sealed[]> {
  const url = hospitals[index]?.endpoints.rpc ?? ''
  const newest = (await anchoredOnChain(url, anchor)).slice(-10)
  return await Promise.all(
    newest.map(async ({ root, blockNumber }) => {
      return { root, blockNumber, blockHash: (await blockHashAt(url, blockNumber)) ?? '' }
    }),
  )
}

/** How many anchors of a branch are now in other blocks than they were. @throws {Error} when one is nowhere */
async function movedFrom({ hospitals }: Ward, branch: readonly Sealed[], anchor: string): Promise<number> {
  const { rpc: url } = hospitals[1].endpoints
  const now = new Set((await anchoredOnChain(url, anchor)).map(({ root }) => root))
  let moved = 0
  for (const { root, blockNumber, blockHash } of branch) {
    if (!now.has(root)) throw new Error(`the anchor ${root} was not made again`)
    if ((await blockHashAt(url, blockNumber)) !== blockHash) moved++
  }
  return moved
}
