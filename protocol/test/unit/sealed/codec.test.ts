import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { fromHex } from '../../../src/ids.ts'
import { decodeSealed, SEALED_LIMIT_BYTES } from '../../../src/sealed/codec.ts'
import vectors from '../../vectors/sealed.json' with { type: 'json' }

const block = fromHex(vectors['one after another'].block)
const fields = decode<unknown[]>(block)

t.test('a block whose fields are not what they should be is refused', async (t) => {
  const wrong: Record<string, [index: number, value: unknown]> = {
    'another version': [0, 2],
    'a short address': [1, new Uint8Array(19)],
    'an unknown category': [2, 'moods/2026-01/0'],
    'a long incarnation': [3, new Uint8Array(9)],
    'a negative sequence': [4, -1],
    'a previous batch that is no CID': [5, new Uint8Array(36)],
    'a previous batch of 35 bytes': [5, new Uint8Array(35)],
    'a time that is none': [6, 2 ** 50],
    'an end before the beginning': [7, -1],
    'an end after the year 9999': [7, 2 ** 50],
    'no word about the clock': [8, null],
    'a priority that nobody knows': [9, 4],
    'a short capsule': [10, new Uint8Array(104)],
    'a long key': [11, new Uint8Array(73)],
    'no ciphertext': [12, new Uint8Array()],
    'a ciphertext that is not padded': [12, new Uint8Array(65)],
    'a signature with a recovery byte': [13, new Uint8Array(65)],
  }
  for (const [name, [index, value]] of Object.entries(wrong)) {
    t.throws(() => decodeSealed(encode(fields.with(index, value))), { code: 'MALFORMED' }, name)
  }
  t.throws(() => decodeSealed(encode([...fields, 0])), { code: 'MALFORMED' }, 'one field more')
  t.throws(() => decodeSealed(encode(fields.slice(1))), { code: 'MALFORMED' }, 'one field less')
})

t.test('a block is at most 64 KiB', async (t) => {
  const room = SEALED_LIMIT_BYTES - (block.length - (fields[12] as Uint8Array).length) - 2
  const largest = Math.floor(room / 64) * 64
  const of = (length: number) => encode(fields.with(12, new Uint8Array(length)))
  t.equal(decodeSealed(of(largest)).ciphertext.length, largest)
  t.throws(() => decodeSealed(of(largest + 64)), { code: 'MALFORMED' })
})
