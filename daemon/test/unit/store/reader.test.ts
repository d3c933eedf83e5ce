import type { Label } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import type { Listing } from '../../../src/store/reader.ts'
import { batchOf, deviceNumber, INCARNATION, storeFor } from './support/batches.ts'

const ms = (value: number) => value as UnixMs
const [vitals, ecg] = ['vitals/2026-01/0', 'ecg/2026-01/0'] as Label[]
if (vitals === undefined || ecg === undefined) throw new Error('two labels')
const [one, two, three] = [1, 2, 3].map(deviceNumber)
if (one === undefined || two === undefined || three === undefined) throw new Error('three devices')

const store = await storeFor(t)
let sequence = 0
for (const device of [one, two, three]) {
  for (const label of [vitals, ecg]) {
    for (let start = 0; start < 10_000; start += 1_000) {
      await store.take(batchOf({ device, label, sequence: sequence++, from: ms(start), to: ms(start + 999) }))
    }
  }
}
const whole: Listing = { devices: [one, two], from: ms(0), to: ms(1e9), limit: 5_000 }
const places = async (listing: Listing) =>
  (await store.reader.list(listing)).batches.map(({ device, label, from }) => `${device} ${label} ${from}`)

t.test('lists what devices sent, and no other device', async (t) => {
  const listed = await places(whole)
  t.equal(listed.length, 40)
  t.notOk(listed.some((place) => place.startsWith(three)))
  t.match((await store.reader.list(whole)).batches[0], {
    state: 'stored',
    sizeBytes: 600,
    priority: 'vitals',
  })
})

t.test('lists batches that lie wholly within the range', async (t) => {
  const range = { ...whole, devices: [one], labels: [vitals], from: ms(2_000), to: ms(4_999) }
  t.same(
    await places(range),
    [2_000, 3_000, 4_000].map((from) => `${one} ${vitals} ${from}`),
  )
  t.equal((await places({ ...range, to: ms(4_998) })).length, 2, 'the last ends too late')
  t.equal((await places({ ...range, from: ms(2_001) })).length, 2, 'the first begins too early')
  t.same(await places({ ...range, labels: [] }), [])
  t.equal((await places({ ...whole, from: ms(2_000), to: ms(4_999) })).length, 12, 'with every label too')
})

t.test('pages follow each other without gap or overlap', async (t) => {
  const all = await places(whole)
  for (const listing of [whole, { ...whole, labels: [ecg, vitals] }]) {
    for (const limit of [1, 7, 40, 41]) {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page = await store.reader.list({
          ...listing,
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        })
        t.ok(page.batches.length <= limit)
        found.push(...page.batches.map(({ device, label, from }) => `${device} ${label} ${from}`))
        cursor = page.next
      } while (cursor !== undefined)
      t.same(found.sort(), all.sort(), `pages of ${limit}`)
    }
  }
})

t.test('finds by sequence within an incarnation', async (t) => {
  const found = await store.reader.inSequence(two, INCARNATION, 22, 1_000, 5)
  t.same(
    found.map((record) => record.sequence),
    [22, 23, 24, 25, 26],
  )
  t.same(await store.reader.inSequence(two, INCARNATION, 0, 19, 10), [], 'those are of another device')
})
