import { type Channel, channelNamed, channelWithId } from '../channel.ts'
import { MalformedError } from '../errors.ts'
import { FieldReader } from '../fields.ts'
import { MISSING, type Sample } from '../sample.ts'
import type { MonotonicMs } from '../units.ts'
import { type Column, SAMPLE_LIMIT } from './batch.ts'
import { VarintReader, VarintWriter } from './varint.ts'

/**
 * One column in CBOR: `[channel, count, times, counts, marks]`, see batch.cddl.
 *
 * @param base - time that the first sample is counted from
 * @throws {RangeError} when a value is not a whole number of counts or times go back
 */
export function encodeColumn({ channel: name, samples }: Column, base: MonotonicMs): unknown[] {
  const channel = channelNamed(name)
  const times = new VarintWriter()
  const counts = new VarintWriter()
  const marks = new VarintWriter()
  let at: number = base
  let stride = 0
  let count = 0
  let marked = -1
  for (const [index, sample] of samples.entries()) {
    const step = sample.at - at
    if (step < 0 || !Number.isSafeInteger(step)) throw new RangeError('times go back or are not whole ms')
    // An even grid is all zeros here, which deflate makes nothing of.
    times.write(step - stride)
    if (index > 0) stride = step
    at = sample.at
    const mark = sample.value === undefined ? MISSING.indexOf(sample.missing) + 2 : sample.suspect ? 1 : 0
    if (mark !== 0) {
      marks.write(index - marked)
      marks.write(mark)
      marked = index
    }
    if (sample.value !== undefined) {
      const exact = countsOf(channel, sample.value)
      counts.write(exact - count)
      count = exact
    }
  }
  return [channel.id, samples.length, times.bytes(), counts.bytes(), marks.bytes()]
}

/** @throws {MalformedError} when anything does not fit */
export function decodeColumn(value: unknown, base: MonotonicMs): Column {
  const fields: FieldReader = new FieldReader('column', value, 5)
  const channel = channelWithId(fields.uint(255))
  const length = fields.uint(SAMPLE_LIMIT)
  const times = new VarintReader(fields.bytes(length, length * 8))
  const counts = new VarintReader(fields.bytes(0, length * 8))
  const marks = new VarintReader(fields.bytes(0, length * 8))
  const samples: Sample[] = []
  let at: number = base
  let stride = 0
  let count = 0
  let nextMark = marks.isAtEnd ? -1 : marks.read() - 1
  for (let index = 0; index < length; index++) {
    const step = times.read() + stride
    if (step < 0) fields.fail('times go back')
    if (index > 0) stride = step
    at += step
    let mark = 0
    if (index === nextMark) {
      mark = marks.read()
      nextMark = marks.isAtEnd ? -1 : index + marks.read()
    }
    const common = { channel: channel.name, at: at as MonotonicMs }
    if (mark >= 2) {
      const missing = MISSING[mark - 2]
      if (missing === undefined) fields.fail('unknown reason for a missing value')
      samples.push({ ...common, missing })
    } else {
      count += counts.read()
      const taken = { ...common, value: count / channel.perUnit }
      samples.push(mark === 1 ? { ...taken, suspect: true } : taken)
    }
  }
  if (!times.isAtEnd || !counts.isAtEnd || !marks.isAtEnd || nextMark !== -1) {
    throw new MalformedError('column', 'holds more than its samples')
  }
  return { channel: channel.name, samples }
}

function countsOf({ name, perUnit }: Channel, value: number): number {
  const counts = Math.round(value * perUnit)
  if (counts / perUnit !== value) throw new RangeError(`${name} is not a whole number of 1/${perUnit}`)
  return counts
}
