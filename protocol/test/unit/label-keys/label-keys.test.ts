import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { fromHex } from '../../../src/ids.ts'
import { asLabel } from '../../../src/label.ts'
import {
  areLabelKeysSigned,
  decodeLabelKeys,
  encodeLabelKeys,
  LABEL_KEYS_LIMIT,
  LABEL_KEYS_LIMIT_BYTES,
  type LabelKey,
  signLabelKeys,
} from '../../../src/label-keys/label-keys.ts'
import { keySigner, recoverAddress } from '../../../src/signature.ts'
import { realm, signerOf } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const vector = documents['label keys']
const signed = decodeLabelKeys(fromHex(vector.bytes))

t.test('only the patient signs label keys, all of them, for one realm', async (t) => {
  t.ok(areLabelKeysSigned(realm, signed, recoverAddress))
  const by = (changed: object) => areLabelKeysSigned(realm, { ...signed, ...changed }, recoverAddress)
  t.notOk(by({ serial: signed.serial + 1 }), 'not another serial')
  t.notOk(by({ keys: signed.keys.slice(1) }), 'not fewer keys')
  t.notOk(by({ device: signed.patient }), 'not for another device')
  t.notOk(by(signLabelKeys(realm, signed, keySigner(new Uint8Array(32).fill(1)))), 'not by another')
  t.notOk(areLabelKeysSigned({ ...realm, chainId: 1 }, signed, recoverAddress), 'not on another chain')
})

t.test('as many keys as are allowed can be sent', async (t) => {
  const keys = Array.from(
    { length: LABEL_KEYS_LIMIT },
    (_, index): LabelKey => ({
      label: asLabel(`environment/2026-01/${999_999_999 - index}`),
      publicKey: new Uint8Array(33),
    }),
  )
  const bytes = encodeLabelKeys(signLabelKeys(realm, { ...signed, keys }, signerOf(vector)))
  t.ok(bytes.length < LABEL_KEYS_LIMIT_BYTES, `${bytes.length} bytes`)
  t.equal(decodeLabelKeys(bytes).keys.length, LABEL_KEYS_LIMIT)
})

t.test('label keys that say nothing sensible are refused', async (t) => {
  const fields = decode<unknown[]>(fromHex(vector.bytes))
  const keys = fields[4] as [string, Uint8Array][]
  const wrong: Record<string, unknown> = {
    'a label twice': [keys[0], keys[0]],
    'no label': [['vitals', new Uint8Array(33)]],
    'a short key': [['vitals/2026-01/0', new Uint8Array(32)]],
    'no list': null,
  }
  for (const [name, value] of Object.entries(wrong)) {
    t.throws(() => decodeLabelKeys(encode(fields.with(4, value))), { code: 'MALFORMED' }, name)
  }
})
