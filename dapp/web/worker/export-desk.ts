import { Receipts } from '@hygeia/dapp/fhir/receipts'
import { type ExportFormat, exportText } from '@hygeia/dapp/output/export'
import { clip, readingsOf, type Span } from '@hygeia/dapp/output/span'
import { auditOf } from '@hygeia/dapp/patient/audit'
import { listGrants, refresh } from '@hygeia/dapp/patient/grants'
import { openOwn } from '@hygeia/dapp/patient/own'
import type { OpenedBatch } from '@hygeia/dapp/physician/opening'
import type { UnixMs } from '@hygeia/protocol/units'
import type { ExportFile } from './export-file.ts'
import type { PatientDesk } from './patient-desk.ts'
import type { Told } from './told.ts'

export interface ExportOrder {
  readonly format: ExportFormat
  /** Whether each batch is written with what proves it; FHIR alone has it. */
  readonly hasProof: boolean
  /** Readings taken from then on and before then, ms since the Unix epoch. */
  readonly from: number
  readonly to: number
}

/** What was written so far, or at all. */
export interface ExportCount {
  readonly batches: number
  readonly readings: number
  readonly bytes: number
  /** Batches that did not open: they are not in the file. */
  readonly unopened: number
  /** Hospitals whose log could not be read. */
  readonly unheard: number
}

type Counting = { -readonly [K in keyof ExportCount]: ExportCount[K] }

export interface ExportDeps {
  readonly desk: PatientDesk
  readonly tell: Told
  /** @param handle - of a file that the person chose; a download when there is none */
  readonly openFile: (handle: FileSystemFileHandle | undefined, type: string) => Promise<ExportFile>
}

const TYPES = { fhir: 'application/fhir+json', csv: 'text/csv' } as const
const TELL_EVERY = 20

/** Writes everything that is the patient's own into a file, a batch at a time. */
export class ExportDesk {
  readonly #deps: ExportDeps
  #ended = new AbortController()

  constructor(deps: ExportDeps) {
    this.#deps = deps
  }

  /**
   * @param handle - of the file that the person chose
   * @returns what was written, and the file itself where it is to be downloaded
   * @throws {DOMException} `AbortError` when it was stopped: nothing is left of it
   * @throws {HospitalError} when no hospital lists anything
   */
  async write(order: ExportOrder, handle?: FileSystemFileHandle): Promise<ExportCount & { file?: Blob }> {
    this.#ended.abort()
    this.#ended = new AbortController()
    const { signal } = this.#ended
    const file = await this.#deps.openFile(handle, TYPES[order.format])
    try {
      const count = await this.#writeTo(file, order, signal)
      const made = await file.end()
      return made === undefined ? count : { ...count, file: made }
    } catch (cause) {
      await file.forget()
      throw cause
    }
  }

  stop(): void {
    this.#ended.abort()
  }

  async #writeTo(file: ExportFile, order: ExportOrder, signal: AbortSignal): Promise<ExportCount> {
    const patient = await this.#deps.desk.patient()
    await refresh(patient)
    const span = { from: order.from as UnixMs, to: order.to as UnixMs }
    const count: Counting = { batches: 0, readings: 0, bytes: 0, unopened: 0, unheard: 0 }
    const onUnheard = () => {
      count.unheard++
    }
    const text = exportText(order.format, {
      patients: [{ account: patient.identity.signer.address }],
      readings: this.#counted(openOwn(patient, span), span, count),
      grants: await listGrants(patient),
      audit: auditOf(patient, { onUnheard }),
      receipts: order.hasProof ? new Receipts(patient.hospital, signal) : undefined,
      at: patient.hospital.client.clock.now(),
    })
    for await (const part of text) {
      signal.throwIfAborted()
      count.bytes = await file.write(part)
    }
    return { ...count }
  }

  async *#counted(
    opened: ReturnType<typeof openOwn>,
    span: Span,
    count: Counting,
  ): AsyncGenerator<OpenedBatch> {
    for await (const item of opened) {
      const inside = item.fault === undefined ? clip(item, span) : undefined
      if (item.fault !== undefined) count.unopened++
      if (inside === undefined) continue
      count.batches++
      count.readings += readingsOf(inside)
      if (count.batches % TELL_EVERY === 0) this.#deps.tell('export', { ...count })
      yield inside
    }
  }
}
