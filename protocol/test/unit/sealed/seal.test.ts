import t from 'tap'
import { fromHex } from '../../../src/ids.ts'
import { asLabel } from '../../../src/label.ts'
import { decodeSealed } from '../../../src/sealed/codec.ts'
import { openSealed, sealBatch } from '../../../src/sealed/seal.ts'
import { sealedDigester } from '../../../src/sealed/signing.ts'
import { keySigner, recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'
import vectors from '../../vectors/sealed.json' with { type: 'json' }

const vector = vectors['one after another']
const { ciphertext, signature, ...header } = decodeSealed(fromHex(vector.block))
const dataKey = fromHex(vector.dataKey)
const signer = keySigner(fromHex(vector.key))
const digest = sealedDigester(realm)

t.test('a block opens with its data key alone, and only as it was sealed', async (t) => {
  const batch = { ...header, ciphertext, signature }
  t.same(openSealed(batch, dataKey), fromHex(vector.padded))
  const wrong = {
    'another key': () => openSealed(batch, dataKey.with(0, 0)),
    'another sequence': () => openSealed({ ...batch, sequence: batch.sequence + 1 }, dataKey),
    'another label': () => openSealed({ ...batch, label: asLabel('ecg/2026-01/13') }, dataKey),
    'another time': () => openSealed({ ...batch, isDated: false }, dataKey),
    'no previous batch': () => openSealed({ ...batch, prev: undefined }, dataKey),
    'another ciphertext': () => openSealed({ ...batch, ciphertext: ciphertext.with(0, 0) }, dataKey),
  }
  for (const [name, open] of Object.entries(wrong)) t.throws(open, { code: 'MALFORMED' }, name)
})

t.test('the signature is over all of it, for one realm', async (t) => {
  const signedBy = (changed: typeof header, made = ciphertext, of = digest) =>
    recoverAddress(of(changed, made), signature)
  t.equal(signedBy(header), header.device)
  t.not(signedBy({ ...header, capsule: header.capsule.with(0, 0) }), header.device, 'another capsule')
  t.not(signedBy(header, ciphertext.with(0, 0)), header.device, 'another ciphertext')
  const elsewhere = sealedDigester({ ...realm, chainId: realm.chainId + 1 })
  t.not(signedBy(header, ciphertext, elsewhere), header.device, 'another chain')
})

t.test('a block that a hospital would have to refuse is not made', async (t) => {
  const padded = fromHex(vector.padded)
  const seal = (changed: object, bytes = padded) =>
    sealBatch(bytes, { ...header, ...changed }, dataKey, signer, digest)
  t.throws(() => seal({ label: 'ecg' }), { code: 'MALFORMED' }, 'no label')
  t.throws(() => seal({ to: header.from - 1 }), { code: 'MALFORMED' }, 'ends before it begins')
  t.throws(() => seal({ capsule: new Uint8Array(1) }), { code: 'MALFORMED' }, 'no capsule')
  t.throws(() => seal({}, padded.subarray(1)), { code: 'MALFORMED' }, 'no padding')
  t.throws(() => seal({}, new Uint8Array(65_536 - 16)), RangeError, 'more than 64 KiB')
})
