import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { decodeGrant, encodeGrant } from '../../../src/grant/codec.ts'
import { grantHash } from '../../../src/grant/grant.ts'
import { mayHold } from '../../../src/grant/holder.ts'
import { fromHex, parseHex32 } from '../../../src/ids.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const { bytes, hash } = documents.grant
const fields = decode<unknown[]>(fromHex(bytes))

t.test('the hash on chain is of every field, salt included', async (t) => {
  const grant = decodeGrant(fromHex(bytes))
  t.equal(grantHash(grant), hash)
  const changes: object[] = [
    { salt: parseHex32(`0x${'00'.repeat(32)}`) },
    { threshold: 1 },
    { accessTo: grant.accessTo + 1 },
    { labels: grant.labels.slice(1) },
    { proxies: [...grant.proxies].reverse() },
    { receivingKey: grant.verifyingKey },
  ]
  for (const change of changes) t.not(grantHash({ ...grant, ...change }), hash, Object.keys(change).join())
})

t.test('a grant that says nothing sensible is refused', async (t) => {
  const [labels, proxies] = [fields[5], fields[11]] as unknown[][]
  const wrong: Record<string, [index: number, value: unknown]> = {
    'another version': [0, 2],
    'no labels': [5, []],
    'a label twice': [5, [...(labels ?? []), labels?.[0]]],
    'too many labels': [5, Array(131).fill(labels?.[0])],
    'an empty range of data': [7, fields[6]],
    'an empty range of access': [9, fields[8]],
    'a threshold of none': [10, 0],
    'a threshold beyond the proxies': [10, 3],
    'no proxies': [11, []],
    'a proxy twice': [11, [proxies?.[0], proxies?.[0]]],
    'too many proxies': [11, Array(17).fill(proxies?.[0])],
    'a short salt': [12, new Uint8Array(31)],
  }
  for (const [name, [index, value]] of Object.entries(wrong)) {
    t.throws(() => decodeGrant(encode(fields.with(index, value))), { code: 'MALFORMED' }, name)
  }
})

t.test('a grant for emergencies is another grant, names its time, and two hospitals', async (t) => {
  const { bytes: encoded, hash: emergencyHash } = documents['emergency grant']
  const grant = decodeGrant(fromHex(encoded))
  t.equal(grant.emergencyMs, 14_400_000)
  t.equal(grantHash(grant), emergencyHash)
  const { emergencyMs: _, ...ordinary } = grant
  t.equal(grantHash(ordinary), hash, 'without its time it is the ordinary one')
  t.not(grantHash({ ...grant, emergencyMs: 14_400_001 }), emergencyHash)
  const sealed = decode<unknown[]>(fromHex(encoded))
  const [proxies] = [sealed[11]] as unknown[][]
  const wrong: Record<string, unknown[]> = {
    'too short a time': sealed.with(13, 899_999),
    'too long a time': sealed.with(13, 604_800_001),
    'no time': sealed.slice(0, -1),
    'a time in an ordinary grant': sealed.with(0, 1),
    'one hospital': sealed.with(10, 1).with(11, [proxies?.[0]]),
  }
  for (const [name, value] of Object.entries(wrong)) {
    t.throws(() => decodeGrant(encode(value)), { code: 'MALFORMED' }, name)
  }
})

t.test('a grant for family is another grant, of the same fields', async (t) => {
  const encoded = encode(fields.with(0, 3))
  const grant = decodeGrant(encoded)
  t.equal(grant.isForFamily, true)
  t.same(encodeGrant(grant), encoded)
  const { isForFamily: _, ...ordinary } = grant
  t.equal(grantHash(ordinary), hash)
  t.not(grantHash(grant), hash)
  t.throws(() => decodeGrant(encode([...fields.with(0, 3), 14_400_000])), { code: 'MALFORMED' })
  t.throws(() => decodeGrant(encode(fields.with(0, 4))), { code: 'MALFORMED' })
  t.throws(() => decodeGrant(encode('a grant')), { code: 'MALFORMED' })
})

t.test(
  'a physician holds a grant once admitted, family once registered, nobody once suspended',
  async (t) => {
    const family = { isForFamily: true } as const
    for (const [status, isPhysician, isFamily] of [
      ['active', true, true],
      ['registered', false, true],
      ['suspended', false, false],
      ['unknown', false, false],
      [undefined, false, false],
    ] as const) {
      t.equal(mayHold({}, status), isPhysician, `a physician, ${status}`)
      t.equal(mayHold(family, status), isFamily, `family, ${status}`)
    }
  },
)
