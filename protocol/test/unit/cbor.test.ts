import fc from 'fast-check'
import t from 'tap'
import { decodeCbor, encodeCbor, sameBytes } from '../../src/cbor.ts'
import { fromHex } from '../../src/ids.ts'

t.test('what was encoded is decoded', async (t) => {
  const value = fc.jsonValue({ noUnicodeString: false })
  fc.assert(
    fc.property(value, (each) => {
      const bytes = encodeCbor(each)
      return sameBytes(encodeCbor(decodeCbor(bytes, 'value', bytes.length)), bytes)
    }),
  )
  t.same(decodeCbor(fromHex('0x83010203'), 'value', 4), [1, 2, 3])
})

t.test('every other encoding than the canonical one is refused', async (t) => {
  // RFC 8949 §3 and appendix A, and the strictness that DAG-CBOR adds.
  const wrong: Record<string, string> = {
    nothing: '0x',
    'an array cut short': '0x830102',
    'a second value': '0x0101',
    'a number longer than it must be': '0x1801',
    'a length longer than it must be': '0x980101',
    'an array without a length': '0x9f01ff',
    'bytes in pieces': '0x5f4101ff',
    'a map in another order': '0xa2616201616100',
    'a key twice': '0xa2616101616101',
    'a key that is no text': '0xa10100',
    'a whole number as a float': '0xfb3ff0000000000000',
    'half a float': '0xf93c00',
    'not a number': '0xfb7ff8000000000000',
    infinity: '0xfb7ff0000000000000',
    undefined: '0xf7',
    'another tag than 42': '0xc101',
    'text that is not UTF-8': '0x61ff',
    'a million arrays within each other': `0x${'81'.repeat(1_000_000)}01`,
    'an array of four thousand million': '0x9affffffff',
  }
  for (const [name, hex] of Object.entries(wrong)) {
    t.throws(() => decodeCbor(fromHex(hex), 'value', 2_000_000), { code: 'MALFORMED' }, name)
  }
})

t.test('more bytes than allowed are not looked at', async (t) => {
  t.throws(() => decodeCbor(new Uint8Array(11), 'value', 10), { message: 'value: 11 bytes, at most 10' })
})

t.test('bytes are the same when length and every one are', async (t) => {
  t.ok(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)))
  t.ok(sameBytes(new Uint8Array(), new Uint8Array()))
  t.notOk(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)))
  t.notOk(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1)))
})
