import { parseCliqueHeader } from '../../src/clique/header.ts'
import { followTrail } from '../../src/clique/trail.ts'
import { fromHex } from '../../src/ids.ts'
import { decodeOfflineProof, encodeOfflineProof, isOfflineProof } from '../../src/offline-proof/codec.ts'
import { encodeReceipt } from '../../src/receipt/codec.ts'
import vectors from '../vectors/offline-proof.json' with { type: 'json' }
import { type Checks, same } from './assert.ts'

export const offlineProofChecks: Checks = {
  'offline proof: form and headers': () => {
    const { bytes, final, records, ...fields } = vectors['offline proof']
    const proof = decodeOfflineProof(fromHex(bytes))
    const { records: read, ...rest } = proof
    same(rest, fields, 'decoded')
    same(
      read.map(({ receipt, block }) => ({ receipt: encodeReceipt(receipt), block })),
      records,
      'records',
    )
    same(encodeOfflineProof(proof), bytes, 'encoded')
    same(isOfflineProof(fromHex(bytes)), true, 'name')
    const runs = proof.runs.map((run) => run.map(parseCliqueHeader))
    const { header, sealers } = followTrail({ epoch: proof.epoch, runs }, proof.realm.genesis, proof.block)
    same({ hash: header.hash, sealers: [...sealers] }, final, 'final')
  },
}
