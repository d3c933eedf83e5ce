import { type AuditEntry, auditLeafHash, auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import { Anchor, type AnchorRecord } from '../chain/anchor.ts'
import type { AuditLine } from '../hospital/answers.ts'
import { reasonIn, type Untold } from '../hospital/everywhere.ts'
import type { Place } from '../hospital/place.ts'
import { within } from '../hospital/within.ts'
import { NOBODY, recoverSigner } from '../recover.ts'
import type { Patient } from './patient.ts'

export interface CheckedEntry {
  readonly entry: AuditEntry
  /** As the hospital gave it, to keep or to hand on. */
  readonly line: AuditLine
  /** `anchored`: on the chain; `pending`: signed, to be anchored; `false`: not what the hospital's log may hold. */
  readonly proof: 'anchored' | 'pending' | 'false'
}

export interface AuditOptions {
  /** Told of each hospital whose log could not be read to its end. Without it, that is an error. */
  readonly onUnheard?: (hospital: Untold) => void
}

const PAGE_LIMIT_MS = 15_000

/**
 * Who asked for the patient's data, when, and the answer: the logs of all hospitals in one, in order of time; each
 * line checked against the signature of the hospital that shows it, and against that hospital's anchors on the chain.
 *
 * What a hospital leaves out does not show here; what it shows, it cannot take back.
 *
 * @throws {HospitalError} when no hospital shows its log
 */
export async function* auditOf(
  patient: Patient,
  { onUnheard }: AuditOptions = {},
): AsyncGenerator<CheckedEntry> {
  const anchor = new Anchor(patient.hospital.provider, await patient.hospital.directory.anchor())
  const logs = patient.hospitals.map((place) => logAt(patient, place, anchor))
  let away = 0
  // A frozen hospital must not keep the others' entries back: it is given up on after one page's time.
  const next = async (log: AsyncGenerator<CheckedEntry>, index: number) => {
    try {
      const { value, done } = await log.next()
      return done === true ? undefined : { entry: value, log, index }
    } catch (cause) {
      const reason = reasonIn(cause)
      if (onUnheard === undefined || ++away === logs.length) throw cause
      onUnheard({ hospital: patient.hospitals[index]?.hospital.hospital ?? NOBODY, reason })
      return undefined
    }
  }
  const heads = (await Promise.all(logs.map(next))).filter((head) => head !== undefined)
  while (heads.length > 0) {
    heads.sort((one, other) => one.entry.entry.at - other.entry.entry.at)
    const [first] = heads.splice(0, 1)
    if (first === undefined) return
    yield first.entry
    const following = await next(first.log, first.index)
    if (following !== undefined) heads.push(following)
  }
}

/** One hospital's log about the patient, in its own order. */
async function* logAt(
  patient: Patient,
  { hospital, account }: Place,
  anchor: Anchor,
): AsyncGenerator<CheckedEntry> {
  const records = new Map<Hex32, Promise<AnchorRecord | undefined>>()
  let cursor: string | undefined
  let last = -1
  do {
    const asked = cursor
    const page = await within(PAGE_LIMIT_MS, hospital.client.transport.base, () => account.audit(asked))
    for (const line of page.entries) {
      const entry = decodeAuditEntry(fromHex(line.entry))
      // Two entries in one place, or places out of order, are two histories.
      const isInOrder = entry.index > last
      last = Math.max(last, entry.index)
      const proof = isInOrder ? await proofOf(patient, hospital, entry, line, anchor, records) : 'false'
      yield { entry, line, proof }
    }
    cursor = page.next
  } while (cursor !== undefined)
}

async function proofOf(
  { identity }: Patient,
  { realm, directory, hospital, receiptKey }: Place['hospital'],
  entry: AuditEntry,
  line: AuditLine,
  anchor: Anchor,
  records: Map<Hex32, Promise<AnchorRecord | undefined>>,
): Promise<CheckedEntry['proof']> {
  const key = auditSigner(realm, entry, fromHex(line.signature), recoverSigner)
  // Keys that the hospital no longer uses signed older entries.
  const isSigned = key === receiptKey || (key !== NOBODY && (await directory.hospitalOf(key)) === hospital)
  const isOurs = entry.hospital === hospital && entry.patient === identity.signer.address
  if (!isSigned || !isOurs) return 'false'
  if (line.anchor == null) return 'pending'
  const { root, proof, blockNumber, count } = line.anchor
  if (!provesLeaf(fromHex(root), auditLeafHash(entry), proof.map(fromHex))) return 'false'
  // One anchor carries many lines.
  const record = records.get(root) ?? anchor.of('audit', root, hospital)
  records.set(root, record)
  const held = await record
  const isHeld = held?.blockNumber === blockNumber && held.count === count
  return isHeld ? 'anchored' : 'false'
}
