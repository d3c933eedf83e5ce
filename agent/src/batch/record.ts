import { SAMPLE_LIMIT, toColumns } from '@hygeia/protocol/batch/batch'
import { decodeColumn, encodeColumn } from '@hygeia/protocol/batch/column'
import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { CATEGORIES, type Category } from '@hygeia/protocol/channel'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clocks } from './dating.ts'

/** What one record of the journal holds: samples that a window got since the record before. */
export interface JournalRecord {
  readonly category: Category
  readonly clocks: Clocks
  readonly samples: readonly Sample[]
}

const RECORD_LIMIT_BYTES = 4_194_304

export function encodeRecord({ category, clocks, samples }: JournalRecord): Uint8Array {
  return encodeCbor([
    category,
    rawOf(clocks.boot),
    clocks.offsetMs ?? null,
    clocks.wallOffsetMs,
    clocks.steps.map(({ at, byMs }) => [at, byMs]),
    toColumns(samples).map((column) => encodeColumn(column, 0 as MonotonicMs)),
  ])
}

/** @throws {MalformedError} */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const what = 'journal record'
  const fields: FieldReader = new FieldReader(what, decodeCbor(bytes, what, RECORD_LIMIT_BYTES), 6)
  const text = fields.text(16)
  const category = CATEGORIES.find((name) => name === text)
  if (category === undefined) return fields.fail('unknown category')
  const boot = fields.bootId()
  const offsetMs = fields.orNull((reader) => reader.int())
  const wallOffsetMs = fields.int()
  const steps = fields.list(1_024).map((step) => {
    const parts = new FieldReader('clock step', step, 2)
    return { at: parts.uint() as MonotonicMs, byMs: parts.int() }
  })
  const samples = fields
    .list(255)
    .flatMap((column) => decodeColumn(column, 0 as MonotonicMs, SAMPLE_LIMIT).samples)
    .sort((a, b) => a.at - b.at)
  return { category, clocks: { boot, offsetMs, wallOffsetMs, steps }, samples }
}
