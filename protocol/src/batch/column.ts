import { type Channel, channelNamed, channelWithId } from '../channel.ts'
import { FieldReader } from '../fields.ts'
import { MISSING, type Missing, type Sample } from '../sample.ts'
import type { MonotonicMs } from '../units.ts'
import type { Column } from './batch.ts'
import { RiceReader, RiceWriter } from './rice.ts'

/** Largest time and count: differences of them, and their thousandths, stay exact. */
const MAGNITUDE_LIMIT = 2 ** 48

/**
 * One column in CBOR: `[channel, length, start, period, times, first, counts, marks]`, see batch.cddl.
 *
 * @param base - time that the first sample is counted from
 * @throws {RangeError} when there is no sample, a value is not a whole number of counts, or times go back
 */
export function encodeColumn({ channel: name, samples }: Column, base: MonotonicMs): unknown[] {
  const channel = channelNamed(name)
  const start = samples[0]?.at
  if (start === undefined) throw new RangeError(`${name} has no sample`)
  const steps = samples.slice(1).map(({ at }, index) => at - Number(samples[index]?.at))
  // The middle one: a late sample or a gap is then the exception that it is.
  const period = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0
  const times = new RiceWriter()
  for (const step of steps) {
    if (!(step >= 0)) throw new RangeError(`${name}: times go back`)
    times.write(step - period)
  }
  const counts = new RiceWriter()
  const marks = new RiceWriter()
  let first: number | undefined
  let last = 0
  for (const sample of samples) {
    if (!isExact(sample.at)) throw new RangeError(`${name}: not a time in whole ms: ${sample.at}`)
    marks.write(markOf(sample))
    if (sample.value === undefined) continue
    const count = countsOf(channel, sample.value)
    if (first === undefined) first = count
    else counts.write(count - last)
    last = count
  }
  return [
    channel.id,
    samples.length,
    start - base,
    period,
    times.bytes(),
    first ?? null,
    counts.bytes(),
    marks.bytes(),
  ]
}

/**
 * @param limit - most samples that it may have
 * @throws {MalformedError} when anything does not fit; whether it is the canonical form is for the caller
 */
export function decodeColumn(value: unknown, base: MonotonicMs, limit: number): Column {
  const fields: FieldReader = new FieldReader('column', value, 8)
  const channel = channelWithId(fields.uint(255))
  const length = fields.count(limit)
  let at = base + fields.uint()
  const period = fields.uint(MAGNITUDE_LIMIT)
  const times = new RiceReader(fields.bytes(0, length * 9))
  const first = fields.orNull((reader) => reader.int())
  const counts = new RiceReader(fields.bytes(0, length * 9))
  const marks = new RiceReader(fields.bytes(0, length * 9))
  const samples: Sample[] = []
  let count: number | undefined
  for (let index = 0; index < length; index++) {
    if (index > 0) at += period + times.read()
    if (!isExact(at)) fields.fail('a time beyond all bounds')
    const common = { channel: channel.name, at: at as MonotonicMs }
    const mark = marks.read()
    if (mark >= FIRST_MISSING) {
      const missing = MISSING[mark - FIRST_MISSING]
      if (missing === undefined) fields.fail('unknown reason for a missing value')
      samples.push({ ...common, missing })
      continue
    }
    if (mark < 0) fields.fail('unknown mark')
    count = count === undefined ? first : count + counts.read()
    if (count === undefined || !isExact(Math.abs(count))) return fields.fail('a value beyond all bounds')
    const taken = { ...common, value: count / channel.perUnit }
    samples.push(mark === SUSPECT ? { ...taken, suspect: true } : taken)
  }
  return { channel: channel.name, samples }
}

const SUSPECT = 1
const FIRST_MISSING = 2

function markOf(sample: { missing?: Missing; suspect?: true }): number {
  if (sample.missing === undefined) return sample.suspect === true ? SUSPECT : 0
  const reason = MISSING.indexOf(sample.missing)
  if (reason === -1) throw new RangeError(`no reason for a missing value: ${sample.missing}`)
  return reason + FIRST_MISSING
}

function isExact(magnitude: number): boolean {
  return Number.isInteger(magnitude) && magnitude >= 0 && magnitude <= MAGNITUDE_LIMIT
}

function countsOf({ name, perUnit }: Channel, value: number): number {
  // Adding zero: a count of minus zero is zero.
  const counts = Math.round(value * perUnit) + 0
  if (counts / perUnit !== value || !isExact(Math.abs(counts)))
    throw new RangeError(`${name}: ${value} is not a whole number of 1/${perUnit}`)
  return counts
}
