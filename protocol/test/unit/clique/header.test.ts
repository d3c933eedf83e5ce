import { decodeRlp, encodeRlp } from 'ethers'
import fc from 'fast-check'
import t from 'tap'
import { HEADER_LIMIT_BYTES, parseCliqueHeader } from '../../../src/clique/header.ts'
import { fromHex, toHex } from '../../../src/ids.ts'
import { accountOf, SealedChain } from '../../support/sealed-chain.ts'

const chain = new SealedChain(['A', 'B'], 3)
chain.seal({ by: 'A', on: 'C', isIn: true }).seal({ by: 'B' }).seal({ by: 'A' })
const { rlp, header } = chain.at(1)

/** The header with one field replaced. */
function altered(index: number, value: unknown): Uint8Array {
  return fromHex(encodeRlp((decodeRlp(rlp) as string[]).with(index, value as string)))
}

/** The header with its difficulty of one byte as a string of one byte, which is longer than RLP allows. */
function wasteful(): Uint8Array {
  const items = (decodeRlp(rlp) as string[]).map((field, index) =>
    index === 7 ? Uint8Array.of(0x81, Number(field)) : fromHex(encodeRlp(field)),
  )
  const payload = Buffer.concat(items)
  return Uint8Array.of(0xf9, payload.length >> 8, payload.length & 0xff, ...payload)
}

t.test('a header says who sealed it, what for, and who may seal', (t) => {
  t.equal(header.sealer, accountOf('A'))
  t.match(header, { candidate: accountOf('C'), isVoteIn: true, number: 1, signers: [] })
  t.same(chain.at(3).header.signers, [accountOf('A'), accountOf('B')].sort())
  t.same(chain.at(0).header.sealer, accountOf(''), 'nobody sealed the genesis')
  t.end()
})

t.test('a changed header was sealed by somebody else', (t) => {
  for (const index of [0, 2, 3, 4, 5]) {
    const field = fromHex(String((decodeRlp(rlp) as string[])[index]))
    field[0] = Number(field[0]) ^ 1
    t.not(parseCliqueHeader(altered(index, toHex(field))).sealer, header.sealer, `field ${index}`)
  }
  t.equal(parseCliqueHeader(altered(12, `0x${'00'.repeat(97)}`)).sealer, accountOf(''), 'no seal is nobody’s')
  t.end()
})

t.test('what is no Clique header is refused by name', (t) => {
  const refused: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(0), /not RLP/],
    [rlp.subarray(1), /not RLP|London/],
    [Uint8Array.of(...rlp, 0), /not RLP/],
    [new Uint8Array(HEADER_LIMIT_BYTES + 1), /at most/],
    [fromHex(encodeRlp(['0x'])), /London/],
    [fromHex(encodeRlp('0x11')), /London/],
    [fromHex(encodeRlp((decodeRlp(rlp) as string[]).slice(0, -1))), /London/],
    [wasteful(), /canonical/],
    [altered(1, `0x${'11'.repeat(32)}`), /uncles/],
    [altered(13, `0x${'11'.repeat(32)}`), /mix/],
    [altered(14, '0x0000000000000001'), /votes/],
    [altered(0, '0x11'), /32 bytes/],
    [altered(3, []), /list/],
    [altered(8, '0x0001'), /zeros/],
    [altered(8, `0x${'11'.repeat(9)}`), /too large/],
    [altered(12, `0x${'00'.repeat(96)}`), /room/],
    [altered(12, `0x${'00'.repeat(98)}`), /room/],
    [altered(12, `0x${'00'.repeat(137)}`), /ascend/],
    [altered(12, `0x${'00'.repeat(117)}`), /lists/],
  ]
  for (const [bytes, reason] of refused) t.throws(() => parseCliqueHeader(bytes), reason, String(reason))
  t.end()
})

t.test('any bytes are a header or malformed, never anything else', (t) => {
  const flips = fc.array(fc.tuple(fc.nat(rlp.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  const property = (bytes: Uint8Array) => {
    try {
      parseCliqueHeader(bytes)
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'MALFORMED') throw cause
    }
  }
  fc.assert(
    fc.property(flips, (changes) => {
      const bytes = Uint8Array.from(rlp)
      for (const [place, value] of changes) bytes[place] = value
      property(bytes)
    }),
    { numRuns: 500, interruptAfterTimeLimit: 10_000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: HEADER_LIMIT_BYTES }), property), {
    numRuns: 500,
    interruptAfterTimeLimit: 10_000,
  })
  t.end()
})
