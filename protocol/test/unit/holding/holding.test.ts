import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { decodeHolding, holdingSigner } from '../../../src/holding/holding.ts'
import { fromHex, parseAddress, parseHex32 } from '../../../src/ids.ts'
import { recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const vector = documents['holding statement']
const bytes = fromHex(vector.bytes)
const holding = decodeHolding(bytes)
const hospital = parseAddress(vector.document.hospital)

t.test('a holding statement is signed for one realm, with all that it says', async (t) => {
  t.equal(holdingSigner(realm, holding, recoverAddress), hospital)
  const elsewhere = { ...realm, genesis: parseHex32(`0x${'00'.repeat(32)}`) }
  t.not(holdingSigner(elsewhere, holding, recoverAddress), hospital, 'another chain')
  const changes = {
    hospital: parseAddress(`0x${'11'.repeat(20)}`),
    root: holding.manifest,
    manifest: holding.root,
    count: holding.count - 1,
    at: holding.at + 1,
  }
  for (const [field, value] of Object.entries(changes)) {
    t.not(holdingSigner(realm, { ...holding, [field]: value } as never, recoverAddress), hospital, field)
  }
})

t.test('a holding statement that says nothing sensible is refused', async (t) => {
  const fields = decode<unknown[]>(bytes)
  const wrong = {
    'another version': fields.with(0, 2),
    'of no batch': fields.with(4, 0),
    'of more than an anchor carries': fields.with(4, 8_193),
    'before time began': fields.with(5, -1),
    'half a signature': fields.with(6, new Uint8Array(32)),
  }
  for (const [name, changed] of Object.entries(wrong)) {
    t.throws(() => decodeHolding(encode(changed)), { code: 'MALFORMED' }, name)
  }
})
