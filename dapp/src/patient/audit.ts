import { type AuditEntry, auditLeafHash, auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { fromHex } from '@hygeia/protocol/ids'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import { Anchor, type AnchorRecord } from '../chain/anchor.ts'
import type { AuditLine } from '../hospital/answers.ts'
import { NOBODY, recoverSigner } from '../recover.ts'
import type { Patient } from './patient.ts'

export interface CheckedEntry {
  readonly entry: AuditEntry
  /** As the hospital gave it, to keep or to hand on. */
  readonly line: AuditLine
  /** `anchored`: on the chain; `pending`: signed, to be anchored; `false`: not what the hospital's log may hold. */
  readonly proof: 'anchored' | 'pending' | 'false'
}

/**
 * Who asked for the patient's data, when, and the answer; each line checked against signature and chain.
 *
 * What a hospital leaves out does not show here; what it shows, it cannot take back.
 */
export async function* auditOf(patient: Patient): AsyncGenerator<CheckedEntry> {
  const { account, hospital } = patient
  const anchor = new Anchor(hospital.provider, await hospital.directory.anchor())
  const records = new Map<string, Promise<AnchorRecord | undefined>>()
  let cursor: string | undefined
  do {
    const page = await account.audit(cursor)
    for (const line of page.entries) {
      const entry = decodeAuditEntry(fromHex(line.entry))
      yield { entry, line, proof: await proofOf(patient, entry, line, anchor, records) }
    }
    cursor = page.next
  } while (cursor !== undefined)
}

async function proofOf(
  { hospital, identity }: Patient,
  entry: AuditEntry,
  line: AuditLine,
  anchor: Anchor,
  records: Map<string, Promise<AnchorRecord | undefined>>,
): Promise<CheckedEntry['proof']> {
  const key = auditSigner(hospital.realm, entry, fromHex(line.signature), recoverSigner)
  // Keys that the hospital no longer uses signed older entries.
  const isSigned =
    key === hospital.receiptKey ||
    (key !== NOBODY && (await hospital.directory.hospitalOf(key)) === entry.hospital)
  if (!isSigned || entry.patient !== identity.signer.address) return 'false'
  if (line.anchor == null) return 'pending'
  const { root, proof, blockNumber, count } = line.anchor
  if (!provesLeaf(fromHex(root), auditLeafHash(entry), proof.map(fromHex))) return 'false'
  // One anchor carries many lines.
  const record = records.get(root) ?? anchor.of('audit', root)
  records.set(root, record)
  const held = await record
  return held?.blockNumber === blockNumber && held.count === count ? 'anchored' : 'false'
}
