import { auditLeafHash, auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { fromHex } from '@hygeia/protocol/ids'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import { decodeReceipt } from '@hygeia/protocol/receipt/codec'
import { anchorSigner } from '@hygeia/protocol/receipt/receipt'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Provider } from 'ethers'
import { Directory } from '../chain/directory.ts'
import { recoverSigner } from '../recover.ts'
import { checkBlock, checkLeaf, readable } from './batch.ts'
import { checkAnchor, checkDevice, checkHospital, checkRealm } from './chain-facts.ts'
import type { AuditRecord, BatchRecord } from './record.ts'
import { Checks, type Verdict } from './verdict.ts'

/** How to see a realm's chain: any JSON-RPC address of it, or the hospital's. */
export type ChainOf = (realm: Realm) => Provider

/** Check a record against itself and against the chain. Needs no key and reads no data. */
export function verify(record: BatchRecord | AuditRecord, chain: ChainOf): Promise<Verdict> {
  return record.kind === 'hygeia-audit' ? verifyAudit(record, chain) : verifyBatch(record, chain)
}

async function verifyBatch(record: BatchRecord, chain: ChainOf): Promise<Verdict> {
  const checks = new Checks()
  const receipt = readable(checks, 'receipt', () => decodeReceipt(fromHex(record.receipt)))
  if (receipt === undefined) return checks.verdict('a receipt')
  const { anchor, leaf } = receipt
  if (record.block !== undefined) checkBlock(checks, fromHex(record.block), receipt, record.realm)
  checkLeaf(checks, receipt)
  const signer = anchorSigner(record.realm, anchor, recoverSigner)
  const provider = chain(record.realm)
  const directory = new Directory(provider, record.realm.directory)
  await checkRealm(checks, provider, record.realm)
  await checkHospital(checks, directory, anchor.hospital, signer)
  await checkAnchor(checks, provider, directory, { kind: 'batches', ...anchor })
  await checkDevice(checks, directory, leaf)
  return checks.verdict(`batch ${formatCid(cidOfDigest(leaf.digest))}`)
}

async function verifyAudit(record: AuditRecord, chain: ChainOf): Promise<Verdict> {
  const checks = new Checks()
  const entry = readable(checks, 'audit entry', () => decodeAuditEntry(fromHex(record.entry)))
  if (entry === undefined) return checks.verdict('an audit entry')
  const signer = auditSigner(record.realm, entry, fromHex(record.signature), recoverSigner)
  const provider = chain(record.realm)
  const directory = new Directory(provider, record.realm.directory)
  await checkRealm(checks, provider, record.realm)
  await checkHospital(checks, directory, entry.hospital, signer)
  const { anchor } = record
  if (anchor == null) {
    await checks.ask('the chain holds the root', async () => {
      throw new Error('not anchored yet when it was exported: export it again')
    })
  } else {
    const holds = provesLeaf(fromHex(anchor.root), auditLeafHash(entry), anchor.proof.map(fromHex))
    checks.note('the entry is under the anchored root', holds, `root ${anchor.root}`, 'NOT_UNDER_ROOT')
    await checkAnchor(checks, provider, directory, { kind: 'audit', hospital: entry.hospital, ...anchor })
  }
  return checks.verdict(`audit entry ${entry.index} of ${entry.hospital}: ${entry.event}`)
}
