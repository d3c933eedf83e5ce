import { decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { fromHex } from '@hygeia/protocol/ids'
import type { ProvenRecord } from '@hygeia/protocol/offline-proof/offline-proof'
import { decodeReceipt } from '@hygeia/protocol/receipt/codec'
import type { AuditRecord, BatchRecord } from '../verify/record.ts'
import { ProveError } from './errors.ts'

/**
 * An exported record as it goes into a proof.
 *
 * @throws {MalformedError} when what it holds is not of its form
 * @throws {ProveError} `NOT_ANCHORED`
 */
export function provable(record: BatchRecord | AuditRecord): ProvenRecord {
  if (record.kind === 'hygeia-record') {
    const { receipt, block } = record
    return {
      kind: 'batch',
      receipt: decodeReceipt(fromHex(receipt)),
      block: block === undefined ? undefined : fromHex(block),
    }
  }
  const { entry, signature, anchor } = record
  if (anchor == null) {
    throw new ProveError('an audit entry was not anchored yet: export it again after the next block', {
      code: 'NOT_ANCHORED',
    })
  }
  return {
    kind: 'audit',
    entry: decodeAuditEntry(fromHex(entry)),
    signature: fromHex(signature),
    anchor: { ...anchor, proof: anchor.proof.map(fromHex) },
  }
}
