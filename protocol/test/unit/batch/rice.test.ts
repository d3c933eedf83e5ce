import fc from 'fast-check'
import t from 'tap'
import { RICE_LIMIT, RiceReader, RiceWriter } from '../../../src/batch/rice.ts'
import { integers } from '../../vector-makers/integers.ts'

function written(values: readonly number[]): Uint8Array {
  const writer = new RiceWriter()
  for (const value of values) writer.write(value)
  return writer.bytes()
}

const calm = fc.integer({ min: -20, max: 20 })
const wild = fc.integer({ min: -RICE_LIMIT, max: RICE_LIMIT })
const signal = fc.array(fc.oneof({ weight: 5, arbitrary: calm }, { weight: 1, arbitrary: wild }), {
  maxLength: 200,
})

t.test('integers are written as batch.cddl says, bit for bit', async (t) => {
  // integers() follows the text of the CDDL in strings of bits.
  fc.assert(fc.property(signal, (values) => Buffer.from(written(values)).equals(integers(values))))
  t.same(written([0, -1, 1, -2, 2]), integers([0, -1, 1, -2, 2]))
  t.same(written([0]), [], 'zeros need no bytes')
  t.same(written([-1]), [0b10], 'lowest bit first: z = 1 is no one, a zero, and the low bit')
})

t.test('integers are read as they were written, and zeros after them', async (t) => {
  fc.assert(
    fc.property(signal, (values) => {
      const reader = new RiceReader(written(values))
      return values.every((value) => Object.is(reader.read(), value))
    }),
  )
  const reader = new RiceReader(written([7]))
  t.same([reader.read(), reader.read(), reader.read()], [7, 0, 0])
})

t.test('any bytes at all read as integers', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const reader = new RiceReader(bytes)
      return Array.from({ length: 100 }, () => reader.read()).every(Number.isInteger)
    }),
  )
  t.pass()
})

t.test('what would not come back is not written', async (t) => {
  for (const value of [0.5, Number.NaN, Infinity, RICE_LIMIT + 1, -RICE_LIMIT - 1]) {
    t.throws(() => new RiceWriter().write(value), RangeError, String(value))
  }
})
