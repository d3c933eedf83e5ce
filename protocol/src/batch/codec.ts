import { deflateSync, inflateSync } from 'fflate'
import { decodeCbor, encodeCbor, sameBytes } from '../cbor.ts'
import { channelNamed } from '../channel.ts'
import { MalformedError } from '../errors.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { MonotonicMs } from '../units.ts'
import { BATCH_LIMIT_BYTES, type Batch, type ClockStep, SAMPLE_LIMIT } from './batch.ts'
import { decodeColumn, encodeColumn } from './column.ts'

/** Sealed length is a multiple of this, so that it tells less of a story. */
export const PADDING_BYTES = 64
/** What sealing adds: the Poly1305 tag. */
export const TAG_BYTES = 16
const LENGTH_BYTES = 2
const STEP_LIMIT = 1_024

/**
 * A batch as bytes ready to be sealed; layout in batch.cddl.
 *
 * @returns a multiple of 64 bytes less 16
 * @throws {RangeError} when a channel appears twice or without samples, categories are mixed, a column cannot be
 *   encoded, or there is more than a batch holds
 */
export function encodeBatch(batch: Batch): Uint8Array {
  return pad(deflateSync(cborOf(batch), { level: 9 }))
}

function cborOf({ time, columns }: Batch): Uint8Array {
  const ordered = columns
    .map((column) => ({ column, channel: channelNamed(column.channel) }))
    .sort((a, b) => a.channel.id - b.channel.id)
  if (new Set(ordered.map(({ channel }) => channel.id)).size !== ordered.length || ordered.length === 0)
    throw new RangeError('not one column a channel')
  if (new Set(ordered.map(({ channel }) => channel.category)).size > 1)
    throw new RangeError('channels of different categories')
  if (columns.reduce((sum, { samples }) => sum + samples.length, 0) > SAMPLE_LIMIT)
    throw new RangeError(`more than ${SAMPLE_LIMIT} samples`)
  const base = columns.reduce((least, { samples }) => Math.min(least, samples[0]?.at ?? least), Infinity)
  const clock = [time.offsetMs ?? 0, ...time.steps.flatMap(({ at, byMs }) => [at, byMs])]
  if (!clock.every(Number.isSafeInteger) || time.steps.some(({ at }) => at < 0))
    throw new RangeError('clock not in whole ms')
  if (time.steps.length > STEP_LIMIT) throw new RangeError(`more than ${STEP_LIMIT} steps of the clock`)
  return encodeCbor([
    1,
    rawOf(time.boot),
    time.offsetMs ?? null,
    time.steps.map(({ at, byMs }) => [at, byMs]),
    base,
    ordered.map(({ column }) => encodeColumn(column, base as MonotonicMs)),
  ])
}

/**
 * @param padded - what `encodeBatch` made
 * @throws {MalformedError} when it is anything else, or inflates beyond the limit
 */
export function decodeBatch(padded: Uint8Array): Batch {
  const cbor = inflate(unpad(padded))
  const fields = new FieldReader('batch', decodeCbor(cbor, 'batch', BATCH_LIMIT_BYTES), 6)
  fields.constant(1)
  const boot = fields.bootId()
  const offsetMs = fields.orNull((reader) => reader.int())
  const steps = fields.list(STEP_LIMIT).map((step): ClockStep => {
    const parts = new FieldReader('clock step', step, 2)
    return { at: parts.uint() as MonotonicMs, byMs: parts.int() }
  })
  const base = fields.uint() as MonotonicMs
  let room = SAMPLE_LIMIT
  const columns = fields.list(255).map((value) => {
    const column = decodeColumn(value, base, room)
    room -= column.samples.length
    return column
  })
  const batch = { time: { boot, offsetMs, steps }, columns }
  if (!isCanonical(batch, cbor)) throw new MalformedError('batch', 'not the canonical form')
  return batch
}

/** Encoding again checks order, periods, unused bits and whatever else could be written in two ways. */
function isCanonical(batch: Batch, cbor: Uint8Array): boolean {
  try {
    return sameBytes(cborOf(batch), cbor)
  } catch {
    return false
  }
}

function pad(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0xffff) throw new RangeError(`${bytes.length} bytes deflated, at most 65535`)
  const length = LENGTH_BYTES + bytes.length + TAG_BYTES
  const padded = new Uint8Array(Math.ceil(length / PADDING_BYTES) * PADDING_BYTES - TAG_BYTES)
  new DataView(padded.buffer).setUint16(0, bytes.length)
  padded.set(bytes, LENGTH_BYTES)
  return padded
}

function unpad(padded: Uint8Array): Uint8Array {
  if ((padded.length + TAG_BYTES) % PADDING_BYTES !== 0 || padded.length < LENGTH_BYTES) {
    throw new MalformedError('batch', 'not padded')
  }
  const length = new DataView(padded.buffer, padded.byteOffset).getUint16(0)
  const end = LENGTH_BYTES + length
  if (end > padded.length || padded.length - end >= PADDING_BYTES)
    throw new MalformedError('batch', 'wrong length')
  if (padded.subarray(end).some((byte) => byte !== 0))
    throw new MalformedError('batch', 'padding is not zero')
  return padded.subarray(LENGTH_BYTES, end)
}

/** Where every batch is inflated, one after another: a fresh megabyte for each would cost more than the inflating. */
const scratch = new Uint8Array(BATCH_LIMIT_BYTES + 1)

/** Bounded by the scratch space, so that a bomb does not go off. */
function inflate(deflated: Uint8Array): Uint8Array {
  let inflated: Uint8Array
  try {
    inflated = inflateSync(deflated, { out: scratch })
  } catch (cause) {
    throw new MalformedError('batch', 'not raw deflate', { cause })
  }
  if (inflated.length > BATCH_LIMIT_BYTES) throw new MalformedError('batch', 'inflates beyond the limit')
  return inflated.slice()
}
