import { createHash } from 'node:crypto'
import { base58check } from '@scure/base'
import fc from 'fast-check'
import t from 'tap'
import { toHex } from '../../../src/ids.ts'
import { joinSeed, splitSeed } from '../../../src/seed/shares.ts'
import { combineShares } from '../../support/shamir.ts'
import vectors from '../../vectors/seed.json' with { type: 'json' }

const coder = base58check((bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest()))
const setId = Uint8Array.of(1, 2, 3, 4)
const [two] = vectors.shares
const shares = two?.shares ?? []
const first = shares[0] ?? ''

t.test('the frozen shares join by the arithmetic of Shamir alone', async (t) => {
  for (const { entropy, threshold, shares } of vectors.shares) {
    const bytes = shares.slice(0, threshold).map((share) => coder.decode(share))
    t.same(
      bytes.map((share) => [share[0], share[1]]),
      Array(threshold).fill([1, threshold]),
      'version and threshold',
    )
    t.equal(new Set(bytes.map((share) => toHex(share.subarray(2, 6)))).size, 1, 'one set')
    const secret = combineShares(bytes.map((share) => share.subarray(6)))
    t.equal(toHex(secret.subarray(0, 32)), entropy, 'the entropy')
    const check = createHash('sha256').update(secret.subarray(0, 32)).digest().subarray(0, 4)
    t.same(secret.subarray(32), Uint8Array.from(check), 'and its checksum')
  }
})

t.test('any threshold of shares joins, in any order', async () => {
  const drawn = fc.record({
    entropy: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    threshold: fc.integer({ min: 2, max: 6 }),
    spare: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(drawn, fc.nat(), async ({ entropy, threshold, spare }, turn) => {
      const made = await splitSeed(entropy, threshold + spare, threshold, setId)
      const chosen = [...made, ...made].slice(turn % made.length).slice(0, threshold)
      return toHex(await joinSeed(chosen)) === toHex(entropy)
    }),
    { numRuns: 40 },
  )
})

t.test('shares that do not join say so', async (t) => {
  const [other] = await splitSeed(new Uint8Array(32), 2, 2, setId)
  const again = await splitSeed(new Uint8Array(32), 2, 2, setId)
  const recoded = (change: (bytes: Uint8Array) => Uint8Array) => coder.encode(change(coder.decode(first)))
  const wrong: Record<string, readonly string[]> = {
    'none at all': [],
    'one of two': [first],
    'one twice': [first, first],
    'of two sets': [first, other ?? ''],
    'of two splittings under one name': [other ?? '', again[1] ?? ''],
    'a letter mistyped': [first.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')), shares[1] ?? ''],
    'not Base58': ['0OIl', shares[1] ?? ''],
    'another version': [recoded((bytes) => bytes.with(0, 2)), shares[1] ?? ''],
    'a byte less': [recoded((bytes) => bytes.slice(0, -1)), shares[1] ?? ''],
    'a book': ['1'.repeat(100_000), shares[1] ?? ''],
  }
  for (const [name, given] of Object.entries(wrong)) {
    await t.rejects(joinSeed(given), { code: 'MALFORMED' }, name)
  }
})

t.test('only entropy is split, into a sensible number of shares', async (t) => {
  const entropy = new Uint8Array(32)
  await t.rejects(splitSeed(new Uint8Array(31), 3, 2, setId), RangeError)
  await t.rejects(splitSeed(entropy, 3, 2, new Uint8Array(3)), RangeError)
  await t.rejects(splitSeed(entropy, 17, 2, setId), RangeError)
  await t.rejects(splitSeed(entropy, 2, 3, setId), 'a threshold that can never be met')
  await t.rejects(splitSeed(entropy, 2, 1, setId), 'a threshold that needs no one else')
})
