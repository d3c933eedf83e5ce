import { bundleEntries } from '@hygeia/protocol/fhir/bundle'
import type { UnixMs } from '@hygeia/protocol/units'
import type { OpenedBatch } from '../physician/opening.ts'
import type { ReadingsWriter } from './writer.ts'

/** A FHIR R4 Bundle of Observations, written entry by entry: a day has a third of a million of them. */
export class FhirWriter implements ReadingsWriter {
  readonly head: string
  readonly #named = new Set<string>()
  #isFirst = true

  /** @param at - when the Bundle is made */
  constructor(at: UnixMs) {
    const timestamp = new Date(at).toISOString()
    this.head = `{"resourceType":"Bundle","type":"collection","timestamp":"${timestamp}","entry":[\n`
  }

  add({ patient, header: { device }, batch, offsetMs, datedBy, cid }: OpenedBatch): string {
    const isEstimated = datedBy === 'estimate'
    const exported = { patient, device, batch, offsetMs, isEstimated, cid }
    let text = ''
    for (const entry of bundleEntries([exported])) {
      const isNamed = entry.resource.resourceType !== 'Observation'
      if (isNamed && this.#named.has(entry.fullUrl)) continue
      if (isNamed) this.#named.add(entry.fullUrl)
      text += `${this.#isFirst ? '' : ',\n'}${JSON.stringify(entry)}`
      this.#isFirst = false
    }
    return text
  }

  end(): string {
    return '\n]}\n'
  }
}
