import { auditLeafHash, auditSigner } from '@hygeia/protocol/audit/entry'
import type { CliqueHeader } from '@hygeia/protocol/clique/header'
import type { FinalBlock } from '@hygeia/protocol/clique/trail'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import {
  anchoredIn,
  type ProvenAudit,
  type ProvenBatch,
  type ProvenRecord,
} from '@hygeia/protocol/offline-proof/offline-proof'
import { anchorSigner } from '@hygeia/protocol/receipt/receipt'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { recoverSigner } from '../../recover.ts'
import { checkBlock, checkLeaf } from '../batch.ts'
import { checkDevice, checkHospital, checkRoot } from '../chain-facts.ts'
import { Checks, type Verdict } from '../verdict.ts'
import { auditLimits, batchLimits } from './limits.ts'
import type { AnchorStorage, DirectoryStorage } from './storage.ts'

/** What the contracts hold after the block that is proven. */
export interface Held {
  readonly realm: Realm
  readonly directory: DirectoryStorage
  readonly anchor: AnchorStorage
}

export interface ProvenChain extends Held {
  readonly final: FinalBlock
  readonly isProven: boolean
}

/** Check one record against itself and against a state. */
export async function verifyRecord(record: ProvenRecord, chain: ProvenChain): Promise<Verdict> {
  const checks = new Checks()
  if (!chain.isProven) checks.leave('its chain is proven', 'it is not: see there', 'CHAIN_NOT_PROVEN')
  if (record.kind === 'batch') {
    if (record.block !== undefined) checkBlock(checks, record.block, record.receipt, chain.realm)
    checkLeaf(checks, record.receipt)
  } else checkEntry(checks, record)
  await checkHeld(checks, record, chain)
  const anchoring = chain.final.run.find(({ number }) => number === anchoredIn(record))
  if (anchoring !== undefined) checkAnchoring(checks, anchoring, record)
  return record.kind === 'batch'
    ? checks.verdict(subjectOf(record), batchLimits(chain.final, anchoring, record))
    : checks.verdict(subjectOf(record), auditLimits(chain.final, anchoring, record))
}

/** What of a record the contracts have to hold. Whoever makes a proof asks the same. */
export async function checkHeld(checks: Checks, record: ProvenRecord, held: Held): Promise<void> {
  const { realm, directory } = held
  const anchor = async () => held.anchor
  if (record.kind === 'audit') {
    const { hospital } = record.entry
    const signer = auditSigner(realm, record.entry, record.signature, recoverSigner)
    await checkHospital(checks, directory, hospital, signer)
    return checkRoot(checks, { kind: 'audit', hospital, ...record.anchor }, anchor)
  }
  const { receipt } = record
  const signer = anchorSigner(realm, receipt.anchor, recoverSigner)
  await checkHospital(checks, directory, receipt.anchor.hospital, signer)
  await checkRoot(checks, { kind: 'batches', ...receipt.anchor }, anchor)
  await checkDevice(checks, directory, receipt.leaf)
}

function subjectOf(record: ProvenRecord): string {
  if (record.kind === 'batch') return `batch ${formatCid(cidOfDigest(record.receipt.leaf.digest))}`
  const { index, hospital, event } = record.entry
  return `audit entry ${index} of ${hospital}: ${event}`
}

function checkEntry(checks: Checks, { entry, anchor }: ProvenAudit): void {
  const holds = provesLeaf(fromHex(anchor.root), auditLeafHash(entry), anchor.proof)
  checks.note('the entry is under the anchored root', holds, `root ${anchor.root}`, 'NOT_UNDER_ROOT')
}

/** A receipt names the block that it was anchored in by the hash of the one that became final. */
function checkAnchoring(
  checks: Checks,
  { number, hash, timestamp }: CliqueHeader,
  record: ProvenRecord,
): void {
  const claimed = claimedHash(record) ?? hash
  const at = new Date(timestamp * 1_000).toISOString()
  const detail = hash === claimed ? `block ${number} of ${at}` : `block ${number} is ${hash}`
  checks.note('the block is on the chain', hash === claimed, detail, 'ANOTHER_BLOCK')
}

function claimedHash(record: ProvenBatch | ProvenAudit): Hex32 | undefined {
  return record.kind === 'batch' ? record.receipt.anchor.blockHash : undefined
}
