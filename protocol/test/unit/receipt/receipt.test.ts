import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { fromHex, parseAddress, parseHex32 } from '../../../src/ids.ts'
import { decodeReceipt } from '../../../src/receipt/codec.ts'
import { anchorSigner, isLeafProven, signAnchor } from '../../../src/receipt/receipt.ts'
import { recoverAddress } from '../../../src/signature.ts'
import { realm, signerOf } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const vector = documents.receipt
const bytes = fromHex(vector.receipts[0]?.bytes ?? '')
const receipt = decodeReceipt(bytes)

t.test('a receipt proves its own batch and no other', async (t) => {
  t.ok(isLeafProven(receipt))
  const { leaf, proof, anchor } = receipt
  t.notOk(isLeafProven({ ...receipt, leaf: { ...leaf, sequence: leaf.sequence - 1 } }), 'another sequence')
  t.notOk(isLeafProven({ ...receipt, leaf: { ...leaf, digest: leaf.digest.with(0, 0) } }), 'another batch')
  t.notOk(isLeafProven({ ...receipt, proof: proof.slice(1) }), 'half a proof')
  t.notOk(isLeafProven({ ...receipt, anchor: { ...anchor, root: anchor.manifest } }), 'another root')
})

t.test('an anchor is signed for one realm, with all that it says', async (t) => {
  const hospital = parseAddress(vector.anchor.hospital)
  const anchor = signAnchor(realm, receipt.anchor, signerOf(vector))
  t.equal(anchorSigner(realm, anchor, recoverAddress), hospital)
  t.not(
    anchorSigner({ ...realm, genesis: parseHex32(`0x${'00'.repeat(32)}`) }, anchor, recoverAddress),
    hospital,
  )
  for (const [field, value] of Object.entries({ count: 4, blockNumber: 1, transaction: anchor.blockHash })) {
    t.not(anchorSigner(realm, { ...anchor, [field]: value }, recoverAddress), hospital, `another ${field}`)
  }
})

t.test('a receipt that says nothing sensible is refused', async (t) => {
  type Fields = [version: number, anchor: unknown[], proven: unknown[]]
  const [version, anchor, proven] = decode<Fields>(bytes)
  const wrong: Record<string, Fields> = {
    'another version': [version + 1, anchor, proven],
    'an anchor of no batch': [version, anchor.with(2, 0), proven],
    'an anchor of too many': [version, anchor.with(2, 8_193), proven],
    'a proof too long for any tree': [version, anchor, proven.with(4, Array(14).fill(new Uint8Array(32)))],
    'a proof of short nodes': [version, anchor, proven.with(4, [new Uint8Array(31)])],
  }
  for (const [name, fields] of Object.entries(wrong)) {
    t.throws(() => decodeReceipt(encode(fields)), { code: 'MALFORMED' }, name)
  }
})
