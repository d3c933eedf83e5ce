import t from 'tap'
import { openReencrypted, verifyCfrag } from '../../../src/umbral/cfrag.ts'
import { unwrap, wrap } from '../../../src/umbral/encrypt.ts'
import { attempt, UmbralError } from '../../../src/umbral/errors.ts'
import { labelSecretKey, publicKey, randomSecretKey } from '../../../src/umbral/keys.ts'
import { dealKfrags, type FragKeys, Reencrypter } from '../../../src/umbral/kfrag.ts'

const [delegating, receiving, verifying, stranger] = Array.from({ length: 4 }, randomSecretKey) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
]
const keys: FragKeys = {
  verifyingKey: publicKey(verifying),
  delegatingKey: publicKey(delegating),
  receivingKey: publicKey(receiving),
}
const dataKey = new Uint8Array(32).fill(7)
const wrapped = wrap(keys.delegatingKey, dataKey)
const dealing = { delegatingSecret: delegating, receivingKey: keys.receivingKey, signingSecret: verifying }
const kfrags = dealKfrags({ ...dealing, threshold: 2, shares: 3 })

function cfragOf(kfrag: Uint8Array, capsule = wrapped.capsule): Uint8Array {
  const reencrypter = new Reencrypter(kfrag, keys)
  try {
    return reencrypter.reencrypt(capsule)
  } finally {
    reencrypter.free()
  }
}
const cfrags = kfrags.map((kfrag) => cfragOf(kfrag))
const [first = new Uint8Array(), second = new Uint8Array()] = cfrags
const [kfrag = new Uint8Array()] = kfrags
/** Bytes in the middle changed. */
const damaged = (bytes: Uint8Array) => bytes.with(200, Number(bytes[200]) ^ 1)

t.test('sizes are those that the formats count on', async (t) => {
  t.equal(wrapped.capsule.length, 105)
  t.equal(wrapped.ciphertext.length, 32 + 40)
  t.same(
    kfrags.map(({ length }) => length),
    [310, 310, 310],
  )
  t.same(
    cfrags.map(({ length }) => length),
    [381, 381, 381],
  )
})

t.test('what is wrapped for a key opens with its secret alone', async (t) => {
  t.same(unwrap(delegating, wrapped), dataKey)
  t.throws(() => unwrap(stranger, wrapped), { code: 'UMBRAL_NOT_OPENED' })
  t.throws(() => unwrap(delegating, { ...wrapped, ciphertext: wrapped.ciphertext.with(30, 0) }), {
    code: 'UMBRAL_NOT_OPENED',
  })
  t.throws(() => unwrap(delegating, { ...wrapped, capsule: new Uint8Array(105) }), {
    code: 'UMBRAL_MALFORMED',
  })
})

t.test('any two of three proxies let the physician in, one does not, and nobody else comes in', async (t) => {
  for (const [one, other] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const) {
    const chosen = [cfrags[one], cfrags[other]].flatMap((cfrag) => cfrag ?? [])
    t.same(openReencrypted(receiving, keys, wrapped, chosen), dataKey)
  }
  const fails = { code: 'UMBRAL_NOT_OPENED' }
  t.throws(() => openReencrypted(receiving, keys, wrapped, [first]), fails, 'one is too few')
  t.throws(() => openReencrypted(receiving, keys, wrapped, [first, first]), fails, 'the same twice is one')
  t.throws(() => openReencrypted(receiving, keys, wrapped, []), fails, 'none')
  t.throws(() => openReencrypted(stranger, keys, wrapped, cfrags), fails, 'a stranger')
})

t.test('a fragment that was not dealt for these keys is refused', async (t) => {
  const fails = { code: 'UMBRAL_NOT_VERIFIED', detail: { what: 'kfrag' } }
  for (const key of ['verifyingKey', 'delegatingKey', 'receivingKey'] as const) {
    t.throws(() => new Reencrypter(kfrag, { ...keys, [key]: publicKey(stranger) }), fails, key)
  }
  t.throws(() => new Reencrypter(kfrag.subarray(1), keys), { code: 'UMBRAL_MALFORMED' }, 'a byte less')
  t.throws(() => new Reencrypter(kfrag, { ...keys, receivingKey: new Uint8Array(33) }), {
    code: 'UMBRAL_MALFORMED',
  })
})

t.test('an answer that was not made from this capsule with such a fragment is refused', async (t) => {
  const fails = { code: 'UMBRAL_NOT_VERIFIED', detail: { what: 'cfrag' } }
  verifyCfrag(first, wrapped.capsule, keys)
  const other = wrap(keys.delegatingKey, dataKey)
  t.throws(() => verifyCfrag(first, other.capsule, keys), fails, 'another capsule')
  t.throws(() => verifyCfrag(first, wrapped.capsule, { ...keys, receivingKey: publicKey(stranger) }), fails)
  t.throws(
    () => openReencrypted(receiving, keys, wrapped, [first, cfragOf(kfrag, other.capsule)]),
    fails,
    'one of two',
  )
  t.throws(() => verifyCfrag(second.subarray(1), wrapped.capsule, keys), { code: 'UMBRAL_MALFORMED' })
  t.throws(() => verifyCfrag(damaged(first), wrapped.capsule, keys), UmbralError, 'damaged')
})

t.test('keys that are none are refused', async (t) => {
  const fails = { code: 'UMBRAL_MALFORMED' }
  for (const bytes of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(0xff)]) {
    t.throws(() => publicKey(bytes), fails, `a secret of ${bytes.length}`)
  }
  for (const bytes of [new Uint8Array(33), new Uint8Array(33).fill(2, 0, 1), keys.receivingKey.subarray(1)]) {
    t.throws(() => wrap(bytes, dataKey), fails, `a key of ${bytes.length}`)
  }
  t.throws(() => labelSecretKey(new Uint8Array(31), 'vitals/2026-01/0'), fails, 'a short seed')
  t.throws(() => dealKfrags({ ...dealing, threshold: 0, shares: 1 }), RangeError, 'a threshold of none')
  t.throws(
    () => dealKfrags({ ...dealing, threshold: 3, shares: 2 }),
    RangeError,
    'a threshold beyond the shares',
  )
})

t.test('a re-encrypter says when it was freed, and may be freed twice', async (t) => {
  const reencrypter = new Reencrypter(kfrag, keys)
  t.throws(() => reencrypter.reencrypt(new Uint8Array(105)), { code: 'UMBRAL_MALFORMED' }, 'still there')
  reencrypter.free()
  reencrypter.free()
  t.throws(() => reencrypter.reencrypt(wrapped.capsule), /was freed/)
})

t.test('what the library throws is named, a bare string or an error', async (t) => {
  for (const cause of ['bare', new Error('whole')]) {
    const fail = () =>
      attempt('UMBRAL_MALFORMED', 'thing', () => {
        throw cause
      })
    t.throws(fail, {
      message: /^thing: (bare|whole)$/,
      detail: { code: 'UMBRAL_MALFORMED', what: 'thing' },
      cause,
    })
  }
})
