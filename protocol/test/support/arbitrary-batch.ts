import fc from 'fast-check'
import type { Batch } from '../../src/batch/batch.ts'
import { CATEGORIES, CHANNELS, type Channel } from '../../src/channel.ts'
import { toHex } from '../../src/ids.ts'
import { MISSING } from '../../src/sample.ts'

const LIMIT = 2 ** 48

type Drawn =
  | { readonly count: number; readonly isSuspect: boolean }
  | { readonly missing: (typeof MISSING)[number] }

const drawn: fc.Arbitrary<Drawn> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ count: fc.integer({ min: -50, max: 4_000 }), isSuspect: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ count: fc.integer({ min: -LIMIT, max: LIMIT }), isSuspect: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ missing: fc.constantFrom(...MISSING) }) },
)
/** Mostly an even grid; sometimes late, sometimes far away. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.constant(1_000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 40 }) },
)

function column(channel: Channel) {
  return fc
    .record({
      from: fc.integer({ min: 0, max: 2 ** 47 }),
      taken: fc.array(fc.tuple(step, drawn), { minLength: 1, maxLength: 80 }),
    })
    .map(({ from, taken }) => {
      let at = from
      const samples = taken.map(([wait, reading]) => {
        const sample = { channel: channel.name, at }
        at += wait
        if ('missing' in reading) return { ...sample, missing: reading.missing }
        const value = reading.count / channel.perUnit
        return reading.isSuspect ? { ...sample, value, suspect: true } : { ...sample, value }
      })
      return { channel: channel.name, samples }
    })
}

const time = fc.record({
  boot: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(toHex),
  offsetMs: fc.option(fc.maxSafeInteger(), { nil: undefined }),
  steps: fc.array(fc.record({ at: fc.maxSafeNat(), byMs: fc.maxSafeInteger() }), { maxLength: 5 }),
})

/** Any batch that a device could seal: some channels of one category, in order. */
export const arbitraryBatch = fc
  .constantFrom(...CATEGORIES)
  .chain((category) => {
    const channels = CHANNELS.filter((channel) => channel.category === category)
    return fc.record({
      time,
      columns: fc.subarray(channels, { minLength: 1 }).chain((chosen) => fc.tuple(...chosen.map(column))),
    })
  })
  .map((batch) => batch as unknown as Batch)
