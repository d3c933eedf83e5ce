import t from 'tap'
import { FieldReader, rawOf } from '../../src/fields.ts'
import { parseAddress, parseBootId } from '../../src/ids.ts'
import type { UnixMs } from '../../src/units.ts'

const reader = (...fields: unknown[]) => new FieldReader('thing', fields, fields.length)
const END_OF_9999 = Date.UTC(10_000, 0) - 1

t.test('fields are read in order, each as what it should be', async (t) => {
  const bytes = new Uint8Array(20).fill(0xab)
  const fields = reader(1, 7, -7, true, END_OF_9999, 5, bytes, 'text', [1], bytes, null, 3, null)
  fields.constant(1)
  t.equal(fields.uint(), 7)
  t.equal(fields.int(), -7)
  t.equal(fields.flag(), true)
  t.equal(fields.instant(), END_OF_9999)
  t.equal(fields.instantSince(10 as UnixMs), 15)
  t.same(fields.bytes(1, 20), bytes)
  t.equal(fields.text(4), 'text')
  t.same(fields.list(1), [1])
  t.equal(fields.address(), `0x${'ab'.repeat(20)}`)
  t.equal(
    fields.orNull((each) => each.uint()),
    undefined,
  )
  t.equal(
    fields.orNull((each) => each.uint()),
    3,
  )
  fields.constant(null)
})

t.test('names of fixed length are read from bytes and written back', async (t) => {
  const eight = new Uint8Array(8).fill(1)
  const fields = reader(new Uint8Array(32), eight, eight)
  t.equal(fields.hex32(), `0x${'00'.repeat(32)}`)
  t.equal(fields.incarnation(), '0x0101010101010101')
  t.equal(fields.bootId(), '0x0101010101010101')
  t.same(rawOf(parseBootId('0x0101010101010101')), eight)
  t.same(rawOf(parseAddress(`0x${'ab'.repeat(20)}`)), new Uint8Array(20).fill(0xab))
})

t.test('a field of another type or size is refused, by name and place', async (t) => {
  const wrong: Record<string, [value: unknown, read: (fields: FieldReader) => unknown]> = {
    'another version': [2, (fields) => fields.constant(1)],
    'something where there is nothing to say': [0, (fields) => fields.constant(null)],
    'a negative number': [-1, (fields) => fields.uint()],
    'too large a number': [11, (fields) => fields.uint(10)],
    'a big integer': [1n, (fields) => fields.uint()],
    'a number beyond 2^53': [2 ** 53, (fields) => fields.uint()],
    'half a number': [0.5, (fields) => fields.int()],
    'a number in text': ['1', (fields) => fields.int()],
    'no number': [null, (fields) => fields.int()],
    'none of something': [0, (fields) => fields.count(5)],
    'one that is no flag': [1, (fields) => fields.flag()],
    'an instant after the year 9999': [END_OF_9999 + 1, (fields) => fields.instant()],
    'a span beyond the year 9999': [END_OF_9999, (fields) => fields.instantSince(1 as UnixMs)],
    'no bytes': ['ab', (fields) => fields.bytes(2)],
    'too few bytes': [new Uint8Array(1), (fields) => fields.bytes(2)],
    'too many bytes': [new Uint8Array(4), (fields) => fields.bytes(2, 3)],
    'no text': [new Uint8Array(1), (fields) => fields.text(1)],
    'too long a text': ['ab', (fields) => fields.text(1)],
    'no list': [{}, (fields) => fields.list(1)],
    'too long a list': [[1, 2], (fields) => fields.list(1)],
    'a short address': [new Uint8Array(19), (fields) => fields.address()],
  }
  for (const [name, [value, read]] of Object.entries(wrong)) {
    t.throws(() => read(reader(value)), { code: 'MALFORMED', message: /^thing: field 0: / }, name)
  }
})

t.test('an array of another length is refused', async (t) => {
  for (const value of [[], [1, 2], {}, null, 'a']) {
    t.throws(() => new FieldReader('thing', value, 1), { message: 'thing: not an array of 1 fields' })
  }
})
