import { deflateSync, inflateSync } from 'fflate'
import { decodeCbor, encodeCbor } from '../cbor.ts'
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
const LENGTH_BYTES = 4

/**
 * A batch as bytes ready to be sealed; layout in batch.cddl.
 *
 * @returns a multiple of 64 bytes less 16
 * @throws {RangeError} when a channel appears twice, nothing is in it, or a column cannot be encoded
 */
export function encodeBatch({ time, columns }: Batch): Uint8Array {
  const ordered = [...columns].sort((a, b) => channelNamed(a.channel).id - channelNamed(b.channel).id)
  const names = new Set(ordered.map(({ channel }) => channel))
  if (names.size !== ordered.length || ordered.length === 0) throw new RangeError('not one column a channel')
  const base = ordered.reduce((least, { samples }) => Math.min(least, samples[0]?.at ?? Infinity), Infinity)
  if (!Number.isSafeInteger(base) || base < 0) throw new RangeError('no sample with whole ms')
  const cbor = encodeCbor([
    1,
    rawOf(time.boot),
    time.offsetMs ?? null,
    time.steps.map(({ at, byMs }) => [at, byMs]),
    base,
    ordered.map((column) => encodeColumn(column, base as MonotonicMs)),
  ])
  return pad(deflateSync(cbor, { level: 9 }))
}

/**
 * @param padded - what `encodeBatch` made
 * @throws {MalformedError} when it is anything else, or inflates beyond the limit
 */
export function decodeBatch(padded: Uint8Array): Batch {
  const fields = new FieldReader('batch', decodeCbor(inflate(unpad(padded)), 'batch', BATCH_LIMIT_BYTES), 6)
  fields.constant(1)
  const boot = fields.bootId()
  const offsetMs = fields.orNull((reader) => reader.int())
  const steps = fields.list(SAMPLE_LIMIT).map((step): ClockStep => {
    const parts = new FieldReader('clock step', step, 2)
    return { at: parts.uint() as MonotonicMs, byMs: parts.int() }
  })
  const base = fields.uint() as MonotonicMs
  const columns = fields.list(255).map((column) => decodeColumn(column, base))
  const ids = columns.map(({ channel }) => channelNamed(channel).id)
  if (ids.length === 0 || ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? 0))) {
    throw new MalformedError('batch', 'columns are not in order of channel')
  }
  return { time: { boot, offsetMs, steps }, columns }
}

function pad(bytes: Uint8Array): Uint8Array {
  const length = LENGTH_BYTES + bytes.length + TAG_BYTES
  const padded = new Uint8Array(Math.ceil(length / PADDING_BYTES) * PADDING_BYTES - TAG_BYTES)
  new DataView(padded.buffer).setUint32(0, bytes.length)
  padded.set(bytes, LENGTH_BYTES)
  return padded
}

function unpad(padded: Uint8Array): Uint8Array {
  if ((padded.length + TAG_BYTES) % PADDING_BYTES !== 0 || padded.length < LENGTH_BYTES) {
    throw new MalformedError('batch', 'not padded')
  }
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0)
  const end = LENGTH_BYTES + length
  if (end > padded.length || padded.length - end >= PADDING_BYTES)
    throw new MalformedError('batch', 'wrong length')
  if (padded.subarray(end).some((byte) => byte !== 0))
    throw new MalformedError('batch', 'padding is not zero')
  return padded.subarray(LENGTH_BYTES, end)
}

function inflate(deflated: Uint8Array): Uint8Array {
  // Bounded by what deflate can reach at all (1032:1) and by the limit, so that a bomb does not go off.
  const out = new Uint8Array(Math.min(BATCH_LIMIT_BYTES + 1, deflated.length * 1_032 + 1))
  let inflated: Uint8Array
  try {
    inflated = inflateSync(deflated, { out })
  } catch (cause) {
    throw new MalformedError('batch', 'not raw deflate', { cause })
  }
  if (inflated.length > BATCH_LIMIT_BYTES) throw new MalformedError('batch', 'inflates beyond the limit')
  return inflated
}
