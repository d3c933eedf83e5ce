import { createHash } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { cidOf, cidOfDigest, digestOfCid, formatCid, parseCid } from '../../../src/sealed/cid.ts'

const block = Uint8Array.of(0x80)
const digest = Uint8Array.from(createHash('sha256').update(block).digest())

t.test('a CID is version 1, DAG-CBOR, SHA-256, in bytes and in base32', async (t) => {
  const cid = cidOf(block)
  t.same(cid, [0x01, 0x71, 0x12, 0x20, ...digest])
  t.same(cidOfDigest(digest), cid)
  t.same(digestOfCid(cid), digest)
  t.equal(formatCid(cid), CID.decode(cid).toString())
  t.same(parseCid(formatCid(cid)), cid)
})

t.test('another kind of CID, or another way to write one, is refused', async (t) => {
  const cid = CID.decode(cidOf(block))
  const wrong = [
    '',
    'bafy',
    'not a CID',
    `${cid} `,
    cid.toString().toUpperCase(),
    cid.toString(base58btc),
    CID.createV1(0x55, cid.multihash).toString(),
    // Version 0, of the same digest.
    base58btc.baseEncode(cid.multihash.bytes),
  ]
  for (const text of wrong) t.throws(() => parseCid(text), { code: 'MALFORMED' }, text)
  for (const bytes of [cid.bytes.subarray(1), Uint8Array.of(...cid.bytes, 0), cid.bytes.with(1, 0x70)]) {
    t.throws(() => digestOfCid(bytes), { code: 'MALFORMED' })
  }
})
