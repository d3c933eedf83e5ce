import { identifierOf } from '@hygeia/protocol/fhir/pseudonym'
import type { CodeableConcept, Coding, Reference } from '@hygeia/protocol/fhir/resources'
import type { Address, Hex32 } from '@hygeia/protocol/ids'

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

/** A code of one of HL7's own code systems. @param system - its last part, such as `consentscope` */
export function hl7(system: string, code: string, display: string): Coding {
  return { system: `${TERMINOLOGY}/${system}`, code, display }
}

export function concept(coding: Coding): CodeableConcept {
  return { coding: [coding] }
}

/** Why data is used. @see HL7 v3 ActReason */
export const TREATMENT = hl7('v3-ActReason', 'TREAT', 'treatment')
export const EMERGENCY = hl7('v3-ActReason', 'ETREAT', 'Emergency Treatment')

/** Somebody of whom there is no resource: a physician, a hospital. */
export function knownAs(type: 'Practitioner' | 'Organization', account: Address): Reference {
  return { type, identifier: identifierOf(account) }
}

/** Names a grant, wherever its Consent is. */
export function grantIdentifier(hash: Hex32) {
  return { system: 'urn:hygeia:grant', value: hash }
}

export function instantOf(at: number): string {
  return new Date(at).toISOString()
}
