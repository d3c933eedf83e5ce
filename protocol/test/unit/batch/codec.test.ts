import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { BATCH_LIMIT_BYTES, type Batch, SAMPLE_LIMIT } from '../../../src/batch/batch.ts'
import { decodeBatch, encodeBatch } from '../../../src/batch/codec.ts'
import { encodeCbor } from '../../../src/cbor.ts'
import { arbitraryBatch } from '../../support/arbitrary-batch.ts'
import { inflated, padded, stored } from '../../support/deflated.ts'

const boot = '0x0102030405060708'
const malformed = { code: 'MALFORMED' }
type Loose = { at: number; value?: number; missing?: string; suspect?: boolean }

/** Batches as a careless caller could make them. */
function batch(columns: Record<string, readonly Loose[]>, time: object = {}): Batch {
  return {
    time: { boot, offsetMs: 0, steps: [], ...time },
    columns: Object.entries(columns).map(([channel, samples]) => ({
      channel,
      samples: samples.map((sample) => ({ channel, ...sample })),
    })),
  } as unknown as Batch
}

const sorted = ({ time, columns }: Batch) => [
  time.boot,
  time.offsetMs,
  time.steps,
  columns.map(({ channel, samples }) => [
    channel,
    samples.map(({ at, value, missing, suspect }) => [at, value, missing, suspect]),
  ]),
]

t.test('a batch comes back as it went in, and is written in one way', async (t) => {
  fc.assert(
    fc.property(arbitraryBatch, (batch) => {
      const encoded = encodeBatch(batch)
      const decoded = decodeBatch(encoded)
      return (
        (encoded.length + 16) % 64 === 0 &&
        JSON.stringify(sorted(decoded)) === JSON.stringify(sorted(batch)) &&
        Buffer.from(encodeBatch(decoded)).equals(encoded)
      )
    }),
    { numRuns: 300 },
  )
  t.pass('300 batches')
})

t.test('columns are written in order of channel number, whatever order they come in', async (t) => {
  const one = [{ at: 5, value: 1 }]
  t.same(encodeBatch(batch({ spo2: one, pulse: one })), encodeBatch(batch({ pulse: one, spo2: one })))
})

t.test('an even grid of one value takes no bytes for either', async (t) => {
  const column = (length: number) => ({
    spo2: Array.from({ length }, (_, index) => ({ at: 7 + index * 1_000, value: 97.5 })),
  })
  t.equal(inflated(encodeBatch(batch(column(20)))).length, inflated(encodeBatch(batch(column(2)))).length)
})

t.test('what cannot be read back is not written', async (t) => {
  const one = [{ at: 5, value: 1 }]
  const many = Array.from({ length: SAMPLE_LIMIT + 1 }, (_, at) => ({ at, value: 0 }))
  const wrong: Record<string, Batch> = {
    'no column': batch({}),
    'a column without samples': batch({ pulse: one, spo2: [] }),
    'categories mixed': batch({ pulse: one, 'ecg-i': one }),
    'too many samples': batch({ 'ecg-i': many }),
    'a time that goes back': batch({ pulse: [...one, { at: 4, value: 1 }] }),
    'a time in parts of a ms': batch({ pulse: [{ at: 0.5, value: 1 }] }),
    'a step in parts of a ms': batch({ pulse: [...one, { at: 5.5, value: 1 }] }),
    'a time before the boot': batch({ pulse: [{ at: -1, value: 1 }] }),
    'no time': batch({ pulse: [{ at: Number.NaN, value: 1 }] }),
    'a time beyond all bounds': batch({ pulse: [{ at: 2 ** 48 + 1, value: 1 }] }),
    'a value between two counts': batch({ pulse: [{ at: 0, value: 60.05 }] }),
    'a value beyond all bounds': batch({ 'ecg-i': [{ at: 0, value: 2 ** 48 + 1 }] }),
    'no number': batch({ pulse: [{ at: 0, value: Number.NaN }] }),
    'a reason that nobody knows': batch({ pulse: [{ at: 0, missing: 'lost' }] }),
    'an offset in parts of a ms': batch({ pulse: one }, { offsetMs: 0.5 }),
    'a step of the clock before the boot': batch({ pulse: one }, { steps: [{ at: -1, byMs: 1 }] }),
    'a step by no whole ms': batch({ pulse: one }, { steps: [{ at: 1, byMs: 0.5 }] }),
    'too many steps': batch({ pulse: one }, { steps: Array(1_025).fill({ at: 1, byMs: 1 }) }),
  }
  for (const [name, each] of Object.entries(wrong)) t.throws(() => encodeBatch(each), RangeError, name)
  const { time, columns } = batch({ pulse: one })
  t.throws(() => encodeBatch({ time, columns: [...columns, ...columns] }), RangeError, 'a channel twice')
  t.throws(() => encodeBatch(batch({ mood: one })), malformed, 'a channel that nobody knows')
})

t.test('a batch too noisy for one block is not written', async (t) => {
  let state = 1
  const noise = Array.from({ length: 30_000 }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return { at, value: state }
  })
  t.throws(() => encodeBatch(batch({ 'ecg-i': noise })), /bytes deflated, at most 65535/)
  const both = noise.map(({ at, value }) => ({ at, value: value * 65_536 }))
  t.throws(() => encodeBatch(batch({ 'ecg-i': both, 'ecg-ii': both })), /bytes deflated, at most 65535/)
})

const column: readonly unknown[] = [8, 1, 0, 0, new Uint8Array(), 1, new Uint8Array(), new Uint8Array()]
const cbor = (change: { columns?: unknown; [index: number]: unknown } = {}) =>
  Object.entries(change).reduce<unknown[]>(
    (fields, [index, value]) => fields.with(index === 'columns' ? 5 : Number(index), value),
    [1, new Uint8Array(8), null, [], 0, [column]],
  )
const withColumn = (index: number, value: unknown) => cbor({ columns: [column.with(index, value)] })

t.test('what no device writes is refused', async (t) => {
  t.equal(decodeBatch(stored(encodeCbor(cbor()))).columns.length, 1, 'this is one')
  const wrong: Record<string, unknown> = {
    'another version': cbor({ 0: 2 }),
    'a short boot id': cbor({ 1: new Uint8Array(7) }),
    'a half offset': cbor({ 2: 0.5 }),
    'a step before the boot': cbor({ 3: [[-1, 0]] }),
    'a step without a width': cbor({ 3: [[1]] }),
    'no base': cbor({ 4: null }),
    'a base before the earliest sample': cbor({ 4: 1, columns: [column.with(2, 1)] }),
    'no column': cbor({ columns: [] }),
    'a column twice': cbor({ columns: [column, column] }),
    'columns out of order': cbor({ columns: [column, column.with(0, 1)] }),
    'categories mixed': cbor({ columns: [column, column.with(0, 16)] }),
    'an unknown channel': withColumn(0, 200),
    'a channel number beyond a byte': withColumn(0, 256),
    'no samples': withColumn(1, 0),
    'more samples than a batch holds': withColumn(1, SAMPLE_LIMIT + 1),
    'more samples in two columns than a batch holds': cbor({
      columns: [column.with(1, SAMPLE_LIMIT), column.with(0, 16)],
    }),
    'a period for one sample': withColumn(3, 1_000),
    'bytes after the times': withColumn(4, Uint8Array.of(1)),
    'more bytes than the samples can take': withColumn(4, new Uint8Array(10)),
    'a zero byte at the end': withColumn(4, Uint8Array.of(0)),
    'no first value': withColumn(5, null),
    'a first value beyond all bounds': withColumn(5, 2 ** 49),
    'bytes after the counts': withColumn(6, Uint8Array.of(1)),
    'bytes after the marks': withColumn(7, Uint8Array.of(0, 1)),
    // Rice codes at k = 1: zigzag z, q = z >> 1 ones, a zero, one bit.
    'a mark below zero': withColumn(7, Uint8Array.of(0b10)),
    'a mark for no reason': cbor({ columns: [column.with(5, null).with(7, Uint8Array.of(0b1111111))] }),
    'a first value of what is missing': withColumn(7, Uint8Array.of(0b011)),
    'a time beyond all bounds': cbor({
      columns: [
        column
          .with(1, 2)
          .with(2, 2 ** 48)
          .with(3, 1),
      ],
    }),
  }
  for (const [name, fields] of Object.entries(wrong)) {
    t.throws(() => decodeBatch(stored(encodeCbor(fields))), malformed, name)
  }
})

t.test('padding is checked', async (t) => {
  const good = encodeBatch(batch({ pulse: [{ at: 0, value: 60 }] }))
  const wrong: Record<string, Uint8Array> = {
    'nothing at all': new Uint8Array(),
    'no multiple of 64': good.subarray(1),
    'a length beyond the bytes': good.with(0, 0xff),
    'a whole block of padding': Uint8Array.of(...good, ...new Uint8Array(64)),
    'something in the padding': good.with(good.length - 1, 1),
    'no deflate': good.with(2, 0xff),
  }
  for (const [name, bytes] of Object.entries(wrong)) t.throws(() => decodeBatch(bytes), malformed, name)
})

t.test('a bomb does not go off', async (t) => {
  const before = process.memoryUsage().arrayBuffers
  const bombs: Record<string, Uint8Array> = {
    zeros: new Uint8Array(60_000_000),
    'one byte more than allowed': new Uint8Array(BATCH_LIMIT_BYTES + 1),
    // A million samples in a column of a few bytes: zeros past the end of its streams.
    'samples out of nothing': encodeCbor(
      cbor({ columns: Array.from({ length: 200 }, () => column.with(1, 60_000)) }),
    ),
  }
  for (const [name, bytes] of Object.entries(bombs)) {
    const bomb = padded(deflateRawSync(bytes, { level: 9 }))
    t.ok(bomb.length < 65_536, `${name}: ${bomb.length} bytes`)
    t.throws(() => decodeBatch(bomb), malformed, name)
  }
  t.ok(process.memoryUsage().arrayBuffers - before < 150_000_000, 'memory stays flat')
})
