/** The part of FHIR R4 that is written here. @see https://hl7.org/fhir/R4/ */

export interface Coding {
  readonly system: string
  readonly code: string
  readonly display?: string | undefined
}

export interface CodeableConcept {
  readonly coding?: readonly Coding[]
  readonly text?: string
}

export interface Identifier {
  readonly system: string
  readonly value: string
}

export interface Reference {
  readonly reference: string
  readonly type: 'Patient' | 'Device'
}

export interface Quantity {
  readonly value: number
  readonly unit: string
  readonly system: string
  readonly code: string
}

export interface SampledData {
  readonly origin: Quantity
  /** ms between samples. */
  readonly period: number
  /** What a number in `data` is multiplied by. */
  readonly factor: number
  readonly dimensions: 1
  /** Numbers, or `E` where there is none, with single spaces between. */
  readonly data: string
}

/** What was measured, or why there is nothing. */
export interface Measured {
  readonly valueQuantity?: Quantity
  readonly valueSampledData?: SampledData
  readonly dataAbsentReason?: CodeableConcept
  readonly interpretation?: readonly CodeableConcept[]
}

export interface Component extends Measured {
  readonly code: CodeableConcept
}

export interface Observation extends Measured {
  readonly resourceType: 'Observation'
  readonly meta?: { readonly source: string }
  readonly status: 'final'
  readonly category?: readonly CodeableConcept[]
  readonly code: CodeableConcept
  readonly subject: Reference
  readonly device: Reference
  readonly effectiveDateTime?: string
  readonly effectivePeriod?: { readonly start: string; readonly end: string }
  readonly component?: readonly Component[]
  readonly note?: readonly { readonly text: string }[]
}

export interface Patient {
  readonly resourceType: 'Patient'
  readonly identifier: readonly Identifier[]
}

export interface Device {
  readonly resourceType: 'Device'
  readonly identifier: readonly Identifier[]
}

export interface BundleEntry {
  readonly fullUrl: string
  readonly resource: Observation | Patient | Device
}

export interface Bundle {
  readonly resourceType: 'Bundle'
  readonly type: 'collection'
  readonly timestamp: string
  readonly entry: readonly BundleEntry[]
}
