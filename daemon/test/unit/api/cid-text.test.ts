import { randomBytes } from 'node:crypto'
import { cidOf, formatCid, parseCid } from '@hygeia/protocol/sealed/cid'
import t from 'tap'
import { cidBytes, isCanonicalCid } from '../../../src/api/cid-text.ts'
import { cid } from '../../../src/api/schemas.ts'

t.test('a CID is read as the multiformats library reads it', async (t) => {
  for (let round = 0; round < 200; round++) {
    const bytes = cidOf(randomBytes(round))
    const text = formatCid(bytes)
    t.ok(isCanonicalCid(text))
    if (Buffer.compare(cidBytes(text), bytes) !== 0) t.fail(text)
  }
})

t.test('every other spelling is refused', async (t) => {
  const text = formatCid(cidOf(randomBytes(10)))
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const last = alphabet.indexOf(text.at(-1) ?? '')
  for (const spare of [1, 2, 3]) {
    t.not(cid.safeParse(text.slice(0, -1) + alphabet[last | spare]).success, true, `spare bits ${spare}`)
  }
  for (const other of [
    text.toUpperCase(),
    `${text}a`,
    text.slice(0, -1),
    ` ${text}`,
    text.replace('bafyrei', 'bafkrei'),
    '',
  ]) {
    t.equal(cid.safeParse(other).success, false, other)
  }
  t.same(cid.parse(text), parseCid(text))
})
