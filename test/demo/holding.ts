import { setTimeout as delay } from 'node:timers/promises'
import { auditOf } from '@hygeia/dapp/patient/audit'
import type { Patient } from '@hygeia/dapp/patient/patient'
import type { AuditEvent } from '@hygeia/protocol/audit/entry'
import type { Address } from '@hygeia/protocol/ids'
import { listBatches, type Span } from '../support/arrivals.ts'
import { count, Progress } from './terminal.ts'

const LOOK_MS = 500

export interface Wanted {
  readonly span: Span
  /** Batches that there are. */
  readonly batches: number
  readonly limitMs: number
}

/** A patient's account at a hospital that goes by a name here. */
export interface Holder extends Pick<Patient, 'account'> {
  readonly name: string
}

/** Wait until each of these hospitals lists every batch as anchored. @throws {Error} when one lists a batch twice */
export async function heldByEach(
  label: string,
  holders: readonly Holder[],
  { span, batches, limitMs }: Wanted,
): Promise<void> {
  const progress = new Progress(label)
  const deadline = performance.now() + limitMs
  for (;;) {
    const lists = await Promise.all(holders.map((holder) => listBatches(holder, span)))
    const held = lists.map(({ anchored }) => anchored.size)
    const told = holders.map(({ name }, index) => `${name} ${count(held[index] ?? 0)}`).join(', ')
    if (held.every((size) => size === batches)) {
      if (lists.some(({ listed }) => listed !== batches)) throw new Error(`a batch is listed twice: ${told}`)
      return progress.end(told)
    }
    if (held.some((size) => size > batches))
      throw new Error(`of ${batches} batches some came to two: ${told}`)
    if (performance.now() > deadline) {
      throw new Error(`not all of ${batches} batches are held after ${limitMs / 1_000} s: ${told}`)
    }
    progress.update(Math.min(...held) / batches, `${told} of ${count(batches)}`)
    await delay(LOOK_MS)
  }
}

/** How many audit entries of each kind. */
export type AuditCounts = Readonly<Partial<Record<AuditEvent, number>>>

/** What each hospital that is there wrote about the patient. @throws {Error} at an entry that is not what a log may hold */
export async function countAudit(patient: Patient): Promise<ReadonlyMap<Address, AuditCounts>> {
  const counts = new Map<Address, Partial<Record<AuditEvent, number>>>()
  for await (const { entry, proof } of auditOf(patient, { onUnheard: () => {} })) {
    if (proof === 'false') throw new Error(`${entry.hospital} shows an audit entry that it may not hold`)
    const ofHospital = counts.get(entry.hospital) ?? {}
    ofHospital[entry.event] = (ofHospital[entry.event] ?? 0) + 1
    counts.set(entry.hospital, ofHospital)
  }
  return counts
}
