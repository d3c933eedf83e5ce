import { encodeAuditEntry } from '../../src/audit/entry.ts'
import { parseCliqueHeader } from '../../src/clique/header.ts'
import { followTrail } from '../../src/clique/trail.ts'
import { fromHex } from '../../src/ids.ts'
import { decodeOfflineProof, encodeOfflineProof, isOfflineProof } from '../../src/offline-proof/codec.ts'
import { anchoredIn } from '../../src/offline-proof/offline-proof.ts'
import { encodeReceipt } from '../../src/receipt/codec.ts'
import vectors from '../vectors/offline-proof.json' with { type: 'json' }
import { type Checks, same } from './assert.ts'

export const offlineProofChecks: Checks = {
  'offline proof: form and headers': () => {
    const { bytes, final, records, anchored, ...fields } = vectors['offline proof']
    const proof = decodeOfflineProof(fromHex(bytes))
    const { records: read, ...rest } = proof
    same(rest, fields, 'decoded')
    const plain = read.map((record) =>
      record.kind === 'batch'
        ? { ...record, receipt: encodeReceipt(record.receipt) }
        : { ...record, entry: encodeAuditEntry(record.entry) },
    )
    same(plain, records, 'records')
    same(read.map(anchoredIn), anchored, 'anchored')
    same(encodeOfflineProof(proof), bytes, 'encoded')
    same(isOfflineProof(fromHex(bytes)), true, 'name')
    const runs = proof.runs.map((run) => run.map(parseCliqueHeader))
    const { header, sealers } = followTrail({ epoch: proof.epoch, runs }, proof.realm.genesis, proof.block)
    same({ hash: header.hash, sealers: [...sealers] }, final, 'final')
  },
}
