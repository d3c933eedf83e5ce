import t from 'tap'
import {
  addressOf,
  fromHex,
  parseAddress,
  parseBootId,
  parseHex32,
  parseIncarnation,
  toHex,
} from '../../src/ids.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/units.ts'

const parsers = [
  [parseAddress, 20],
  [parseHex32, 32],
  [parseIncarnation, 8],
  [parseBootId, 8],
] as const

for (const [parse, size] of parsers) {
  t.test(`an id of ${size} bytes is 0x and lower-case hex, and nothing else`, async (t) => {
    const good = `0x${'0a'.repeat(size)}`
    t.equal(parse(good), good)
    const wrong = [
      good.toUpperCase(),
      good.slice(2),
      `${good}0a`,
      good.slice(0, -1),
      `${good}\n`,
      '',
      good.replace('a', 'g'),
    ]
    for (const text of wrong) t.throws(() => parse(text), { code: 'MALFORMED' }, JSON.stringify(text))
  })
}

t.test('an address with a checksum becomes the one form', async (t) => {
  // EIP-55, "Test Cases".
  t.equal(
    addressOf('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'),
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
  )
  t.throws(() => addressOf('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe'), { code: 'MALFORMED' })
})

t.test('hex is whole bytes behind 0x', async (t) => {
  t.same(fromHex('0x00fFa0'), [0, 255, 160])
  t.equal(toHex(Uint8Array.of(0, 255, 160)), '0x00ffa0')
  t.same(fromHex('0x'), [])
  for (const text of ['', '00', '0x0', '0xzz', '0x00\n'])
    t.throws(() => fromHex(text), { code: 'MALFORMED' }, text)
})

t.test('durations are in milliseconds', async (t) => {
  t.same([SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS], [1e3, 60e3, 3600e3, 86400e3])
})
