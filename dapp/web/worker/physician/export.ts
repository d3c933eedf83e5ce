import { Receipts } from '@hygeia/dapp/fhir/receipts'
import { type ExportFormat, exportText } from '@hygeia/dapp/output/export'
import { readingsOf } from '@hygeia/dapp/output/span'
import { Conduct } from '@hygeia/dapp/physician/conduct'
import type { NamedGrant, OpenedBatch } from '@hygeia/dapp/physician/opening'
import type { Physician } from '@hygeia/dapp/physician/physician'
import { openSpan } from '@hygeia/dapp/physician/span'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { openExportFile } from '../export-file.ts'

/** What is to be written. */
export interface ExportWish {
  readonly patient: Address
  /** ms since the Unix epoch, half open. */
  readonly from: number
  readonly to: number
  readonly format: ExportFormat
}

/** A file, and what could not be in it. */
export interface Exported {
  readonly file: Blob
  readonly batches: number
  readonly readings: number
  /** Batches that were listed and did not open. */
  readonly unopened: number
}

export interface ExportOptions {
  readonly name: string | undefined
  readonly grants: readonly NamedGrant[]
  readonly onProgress: (done: number, known: number) => void
  readonly signal: AbortSignal
}

const TYPES = { fhir: 'application/fhir+json', csv: 'text/csv;charset=utf-8' } as const

/** Open a span of time and write it, a batch at a time: a week is not in memory at once. */
export async function exportSpan(
  physician: Physician,
  { patient, from, to, format }: ExportWish,
  { name, grants, onProgress, signal }: ExportOptions,
): Promise<Exported> {
  let [batches, readings, unopened] = [0, 0, 0]
  const span = { from: from as UnixMs, to: to as UnixMs }
  const opened = openSpan(physician, grants, span, {
    conduct: new Conduct(),
    onProgress,
    onUnopened: () => unopened++,
  })
  const text = exportText(format, {
    patients: [{ account: patient, name }],
    readings: counted(opened, signal, (batch) => {
      batches++
      readings += readingsOf(batch)
      onProgress(batches, 0)
    }),
    grants: grants.map(({ hash, grant }) => ({ hash, grant, state: 'active' as const })),
    receipts: format === 'fhir' ? new Receipts(physician.hospital, signal) : undefined,
    at: physician.hospital.client.clock.now(),
  })
  const file = await openExportFile(undefined, TYPES[format])
  for await (const part of text) await file.write(part)
  return { file: (await file.end()) ?? new Blob(), batches, readings, unopened }
}

async function* counted(
  batches: AsyncIterable<OpenedBatch>,
  signal: AbortSignal,
  onBatch: (batch: OpenedBatch) => void,
): AsyncGenerator<OpenedBatch> {
  for await (const batch of batches) {
    signal.throwIfAborted()
    onBatch(batch)
    yield batch
  }
}
