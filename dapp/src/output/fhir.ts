import { bundleEntries, entryOf } from '@hygeia/protocol/fhir/bundle'
import type { ExportedBatch } from '@hygeia/protocol/fhir/observation'
import { observationPrefix } from '@hygeia/protocol/fhir/observation-id'
import { inBundle } from '@hygeia/protocol/fhir/pseudonym'
import type { BundleEntry, Resource } from '@hygeia/protocol/fhir/resources'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import type { UnixMs } from '@hygeia/protocol/units'
import { provenanceOf } from '../fhir/provenance.ts'
import type { OpenedBatch } from '../physician/opening.ts'
import type { ReadingsWriter } from './writer.ts'

export interface FhirWriterOptions {
  /** Whether each batch has a Provenance after its Observations. */
  readonly hasProvenance?: boolean
}

/** A batch as this writer takes it. */
export type ProvenBatch = OpenedBatch & { readonly receipt?: Receipt | undefined }

/** A FHIR R4 Bundle, written entry by entry: a day has a third of a million Observations. */
export class FhirWriter implements ReadingsWriter {
  readonly head: string
  readonly #named = new Set<string>()
  readonly #hasProvenance: boolean
  #isFirst = true

  /** @param at - when the Bundle is made */
  constructor(at: UnixMs, { hasProvenance = false }: FhirWriterOptions = {}) {
    const timestamp = new Date(at).toISOString()
    this.#hasProvenance = hasProvenance
    this.head = `{"resourceType":"Bundle","type":"collection","timestamp":"${timestamp}","entry":[\n`
  }

  /** Any other resource, once: a consent, an audit event, the patient by name. */
  resource(resource: Resource): string {
    return this.#once(entryOf(resource))
  }

  add(opened: ProvenBatch): string {
    const exported = exportedOf(opened)
    const targets: string[] = []
    let text = ''
    for (const entry of bundleEntries([exported])) {
      const { resource } = entry
      if (resource.resourceType === 'Observation') {
        targets.push(resource.id)
        text += this.#entry(entry)
      } else text += this.#once(entry)
    }
    if (!this.#hasProvenance || targets.length === 0) return text
    const prefix = observationPrefix(exported)
    return text + this.#entry(entryOf(provenanceOf(opened, { prefix, targets }, inBundle)))
  }

  end(): string {
    return '\n]}\n'
  }

  #once(entry: BundleEntry): string {
    if (this.#named.has(entry.fullUrl)) return ''
    this.#named.add(entry.fullUrl)
    return this.#entry(entry)
  }

  #entry(entry: BundleEntry): string {
    const text = `${this.#isFirst ? '' : ',\n'}${JSON.stringify(entry)}`
    this.#isFirst = false
    return text
  }
}

/** An opened batch as protocol's FHIR resources are made of it. */
export function exportedOf({ patient, header, batch, offsetMs, datedBy, cid }: OpenedBatch): ExportedBatch {
  return { patient, device: header.device, batch, offsetMs, isEstimated: datedBy === 'estimate', cid }
}
