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

/** A resource that is at hand, or somebody who is known by an identifier alone. */
export interface Reference {
  readonly reference?: string
  readonly type?: string
  readonly identifier?: Identifier
  readonly display?: string
}

/** A Reference to a resource that is at hand. */
export interface Link extends Reference {
  readonly reference: string
  readonly type: string
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
  readonly valueCodeableConcept?: CodeableConcept
  readonly valueInteger?: number
  readonly dataAbsentReason?: CodeableConcept
  readonly interpretation?: readonly CodeableConcept[]
}

export interface Component extends Measured {
  readonly code: CodeableConcept
}

export interface Observation extends Measured {
  readonly resourceType: 'Observation'
  readonly id: string
  readonly meta?: { readonly source?: string; readonly profile?: readonly string[] }
  readonly status: 'final'
  readonly category?: readonly CodeableConcept[]
  readonly code: CodeableConcept
  readonly subject: Link
  readonly device: Link
  readonly effectiveDateTime?: string
  readonly effectivePeriod?: { readonly start: string; readonly end: string }
  readonly component?: readonly Component[]
  readonly note?: readonly { readonly text: string }[]
}

export interface Patient {
  readonly resourceType: 'Patient'
  readonly id: string
  readonly identifier: readonly Identifier[]
  readonly name?: readonly { readonly text: string }[]
}

export interface Device {
  readonly resourceType: 'Device'
  readonly id: string
  readonly identifier: readonly Identifier[]
  readonly patient: Link
}

/** What every resource here has. */
export interface Resource {
  readonly resourceType: string
  readonly id: string
}

export interface BundleEntry<R extends Resource = Resource> {
  readonly fullUrl: string
  readonly resource: R
}

export interface Bundle<R extends Resource = Resource> {
  readonly resourceType: 'Bundle'
  readonly type: 'collection'
  readonly timestamp: string
  readonly entry: readonly BundleEntry<R>[]
}
