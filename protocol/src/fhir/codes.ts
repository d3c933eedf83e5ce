import type { Category, Channel } from '../channel.ts'
import type { Missing } from '../sample.ts'
import type { CodeableConcept, Coding } from './resources.ts'

const LOINC = 'http://loinc.org'
const SNOMED = 'http://snomed.info/sct'
const MDC = 'urn:iso:std:iso:11073:10101'
const UCUM = 'http://unitsofmeasure.org'
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'

/** Long common names, as LOINC 2.78 has them. */
const LOINC_NAMES: Readonly<Record<string, string>> = {
  '8867-4': 'Heart rate',
  '8889-8': 'Heart rate by Pulse oximetry',
  '2708-6': 'Oxygen saturation in Arterial blood',
  '59408-5': 'Oxygen saturation in Arterial blood by Pulse oximetry',
  '9279-1': 'Respiratory rate',
  '8480-6': 'Systolic blood pressure',
  '8462-4': 'Diastolic blood pressure',
  '85354-9': 'Blood pressure panel with all children optional',
  '8310-5': 'Body temperature',
  '39106-0': 'Temperature of Skin',
  '60832-3': 'Room temperature',
  '29463-7': 'Body weight',
}

const CATEGORIES: Readonly<Partial<Record<Category, readonly [code: string, display: string]>>> = {
  vitals: ['vital-signs', 'Vital Signs'],
  ecg: ['procedure', 'Procedure'],
  activity: ['activity', 'Activity'],
}

const REASONS: Readonly<Record<Missing, readonly [code: string, display: string]>> = {
  'probe-off': ['not-performed', 'Not Performed'],
  'sensor-error': ['error', 'Error'],
  'not-yet': ['temp-unknown', 'Temporarily Unknown'],
  ambiguous: ['unknown', 'Unknown'],
  'not-recorded': ['unknown', 'Unknown'],
}

/** @see FHIR R4, vital signs profiles: by name of the channel, and of the panel */
const PROFILES: Readonly<Record<string, string>> = {
  'heart-rate': 'heartrate',
  pulse: 'heartrate',
  spo2: 'oxygensat',
  'respiratory-rate': 'resprate',
  'body-temperature': 'bodytemp',
  weight: 'bodyweight',
  'blood-pressure': 'bp',
}

/** Profile that an Observation of this channel, or of the blood pressure panel, keeps to; none for most. */
export function profileOf(name: string): { readonly profile?: readonly string[] } {
  const profile = PROFILES[name]
  return profile === undefined ? {} : { profile: [`http://hl7.org/fhir/StructureDefinition/${profile}`] }
}

/** @see SNOMED CT, United Kingdom clinical extension */
const NEWS2_SCORE: Coding = {
  system: SNOMED,
  code: '1104051000000101',
  display: 'Royal College of Physicians NEWS2 (National Early Warning Score 2) total score',
}

function loinc(code: string): Coding {
  return { system: LOINC, code, display: LOINC_NAMES[code] }
}

/** What a channel measures: every code it is known by, or its name where nobody has given it one. */
export function codeOf({ name, loinc: codes, mdc, display }: Channel): CodeableConcept {
  const coding = [
    ...codes.map(loinc),
    ...((name as string) === 'news2' ? [NEWS2_SCORE] : []),
    ...(mdc === undefined ? [] : [{ system: MDC, code: String(mdc), display }]),
  ]
  return coding.length === 0 ? { text: display } : { coding, text: display }
}

/** Systolic and diastolic together. @see FHIR R4 profile `bp` */
export const BLOOD_PRESSURE: CodeableConcept = { coding: [loinc('85354-9')], text: 'Blood pressure' }

/** Empty for what HL7 has no category for. */
export function categoryOf({ category }: Channel): { readonly category?: readonly CodeableConcept[] } {
  const known = CATEGORIES[category]
  if (known === undefined) return {}
  const [code, display] = known
  return { category: [{ coding: [{ system: CATEGORY, code, display }] }] }
}

/** Unit of a quantity of this channel. */
export function unitOf({ unit }: Channel): {
  readonly unit: string
  readonly system: string
  readonly code: string
} {
  return { unit, system: UCUM, code: unit }
}

/** HL7's nearest code, and our own word for it. */
export function absent(missing: Missing): CodeableConcept {
  const [code, display] = REASONS[missing]
  return { coding: [{ system: ABSENT, code, display }], text: missing }
}

/** Nobody can tell, for a reason in words. */
export function unknown(text: string): CodeableConcept {
  return { coding: [{ system: ABSENT, code: 'unknown', display: 'Unknown' }], text }
}

/** The other half of a pair was never measured. */
export const ABSENT_HALF: CodeableConcept = {
  coding: [{ system: ABSENT, code: 'not-performed', display: 'Not Performed' }],
  text: 'not measured together',
}

/** That a value lies beyond what the sensor can measure. */
export function offScale(side: 'low' | 'high'): CodeableConcept {
  const code = side === 'low' ? '<' : '>'
  return { coding: [{ system: INTERPRETATION, code, display: `Off scale ${side}` }] }
}
