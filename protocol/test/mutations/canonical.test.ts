import t from 'tap'
import { decodeBatch, encodeBatch } from '../../src/batch/codec.ts'
import { sameBytes } from '../../src/cbor.ts'
import { MalformedError } from '../../src/errors.ts'
import { fromHex, toHex } from '../../src/ids.ts'
import { inflated, stored } from '../support/deflated.ts'
import { batchCbor, formats } from '../support/vectors.ts'
import batches from '../vectors/batch.json' with { type: 'json' }

/** Every byte in several other ways, every shorter form and one that is longer. */
function* mutations(bytes: Uint8Array): Generator<Uint8Array> {
  // Of long ones fewer, so that the test stays quick: their structure repeats.
  const masks = bytes.length > 400 ? [0x01, 0x80] : [0x01, 0x20, 0x80, 0xff]
  for (const [index, byte] of bytes.entries()) {
    for (const mask of masks) yield bytes.with(index, byte ^ mask)
    yield bytes.subarray(0, index)
  }
  yield Uint8Array.of(...bytes, 0)
}

/** @returns what is wrong with how `read` takes `bytes`; nothing when they are refused, or read as just what they are */
function fault(bytes: Uint8Array, read: (bytes: Uint8Array) => Uint8Array): string | undefined {
  try {
    if (!sameBytes(read(bytes), bytes)) return `a second form was read: ${toHex(bytes)}`
  } catch (cause) {
    if (!(cause instanceof MalformedError)) return `${String(cause)}: ${toHex(bytes)}`
  }
  return undefined
}

for (const { name, bytes, again } of formats) {
  t.test(`whatever becomes of its bytes, what is read is the only form: ${name}`, async (t) => {
    t.equal(fault(bytes, again), undefined, 'as it is')
    const faults = [...mutations(bytes)].map((mutated) => fault(mutated, again))
    t.same(faults.filter((each) => each !== undefined).slice(0, 3), [], `${faults.length} mutations`)
  })
}

for (const { name, cbor } of batchCbor) {
  t.test(`whatever becomes of its bytes before compression, a batch has one form: ${name}`, async (t) => {
    const again = (bytes: Uint8Array) => inflated(encodeBatch(decodeBatch(stored(bytes))))
    t.equal(fault(cbor, again), undefined, 'as it is')
    const faults = [...mutations(cbor)].map((mutated) => fault(mutated, again))
    t.same(faults.filter((each) => each !== undefined).slice(0, 3), [], `${faults.length} mutations`)
  })
}

for (const [name, { padded }] of Object.entries(batches)) {
  t.test(
    `whatever becomes of its bytes after compression, a batch is refused or read: ${name}`,
    async (t) => {
      // The deflater is free in how hard it tries, so that what is read need not be written the same.
      const taken = (bytes: Uint8Array) => {
        decodeBatch(bytes)
        return bytes
      }
      const faults = [...mutations(fromHex(padded))].map((mutated) => fault(mutated, taken))
      t.same(faults.filter((each) => each !== undefined).slice(0, 3), [], `${faults.length} mutations`)
    },
  )
}
