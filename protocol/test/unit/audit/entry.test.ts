import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { AUDIT_EVENTS, decodeAuditEntry } from '../../../src/audit/entry.ts'
import { fromHex } from '../../../src/ids.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const fields = decode<unknown[]>(fromHex(documents['audit entry'].bytes))

t.test('each event is read, and none that nobody knows', async (t) => {
  for (const event of AUDIT_EVENTS) t.equal(decodeAuditEntry(encode(fields.with(4, event))).event, event)
  t.throws(() => decodeAuditEntry(encode(fields.with(4, 'forgotten'))), { code: 'MALFORMED' })
  t.throws(
    () => decodeAuditEntry(encode(fields.with(10, 'a'.repeat(65)))),
    { code: 'MALFORMED' },
    'a long reason',
  )
  t.throws(() => decodeAuditEntry(encode(fields.with(2, -1))), { code: 'MALFORMED' }, 'an index below zero')
})
