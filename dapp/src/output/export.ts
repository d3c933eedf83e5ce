import { patientOf } from '@hygeia/protocol/fhir/accounts'
import { inBundle } from '@hygeia/protocol/fhir/pseudonym'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Audited, auditEventOf } from '../fhir/audit-event.ts'
import { consentOf, type StatedGrant } from '../fhir/consent.ts'
import type { Receipts } from '../fhir/receipts.ts'
import type { OpenedBatch } from '../physician/opening.ts'
import { csvWriter } from './csv.ts'
import { FhirWriter } from './fhir.ts'

export const EXPORT_FORMATS = ['fhir', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** What an export holds. CSV has the readings alone. */
export interface Exported {
  /** Whose data it is, with a name where one is to be written. */
  readonly patients: readonly { readonly account: Address; readonly name?: string | undefined }[]
  readonly readings: AsyncIterable<OpenedBatch>
  readonly grants: readonly StatedGrant[]
  readonly audit?: AsyncIterable<Audited>
  /** Where receipts come from, for each batch's Provenance; none is written without. */
  readonly receipts?: Receipts | undefined
  /** When it is made. */
  readonly at: UnixMs
}

/**
 * An export as text, a batch at a time: as much of it is in memory as one batch and a few receipts.
 *
 * FHIR is an R4 Bundle of type `collection`: Patient, Consents, Devices, Observations, a Provenance for each batch,
 * AuditEvents. But for its timestamp it is the same text each time, as long as nothing was added.
 */
export async function* exportText(format: ExportFormat, exported: Exported): AsyncGenerator<string> {
  yield* format === 'csv' ? csvText(exported) : bundleText(exported)
}

async function* csvText({ readings }: Exported): AsyncGenerator<string> {
  yield csvWriter.head
  for await (const opened of readings) yield csvWriter.add(opened)
}

async function* bundleText(exported: Exported): AsyncGenerator<string> {
  const { patients, grants, audit, receipts, at } = exported
  const writer = new FhirWriter(at, { hasProvenance: receipts !== undefined })
  yield writer.head
  for (const { account, name } of patients) yield writer.resource(patientOf(account, name))
  for (const grant of grants) yield writer.resource(consentOf(grant, inBundle))
  const readings = receipts === undefined ? exported.readings : receipts.beside(exported.readings)
  for await (const opened of readings) yield writer.add(opened)
  if (audit !== undefined) {
    for await (const line of audit) yield writer.resource(auditEventOf(line, inBundle))
  }
  yield writer.end()
}
