import { accountId, type Linking, linkTo } from '@hygeia/protocol/fhir/pseudonym'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Hex32 } from '@hygeia/protocol/ids'
import { parseLabel } from '@hygeia/protocol/label'
import type { GrantState } from '../hospital/answers.ts'
import { concept, EMERGENCY, grantIdentifier, hl7, instantOf, knownAs, TREATMENT } from './concepts.ts'

/** A grant, and what the chain says of it. */
export interface StatedGrant {
  readonly hash: Hex32
  readonly grant: Grant
  readonly state: GrantState
}

/** A grant that is sealed stands: it waits for an emergency. */
const STATUS: Readonly<Record<GrantState, string>> = {
  active: 'active',
  sealed: 'active',
  pending: 'proposed',
  revoked: 'inactive',
  expired: 'inactive',
}

export type Consent = ReturnType<typeof consentOf>

/**
 * A grant as a FHIR R4 Consent: who may read what (`provision.code`, by category), taken when
 * (`provision.dataPeriod`), until when (`provision.period`). The physician is named by account.
 */
export function consentOf({ hash, grant, state }: StatedGrant, linking: Linking) {
  const { physician, labels, dataFrom, dataTo, accessFrom, accessTo, emergencyMs } = grant
  const patient = linkTo('Patient', accountId(grant.patient), linking)
  const categories = new Set(labels.map(({ label }) => parseLabel(label).category))
  return {
    resourceType: 'Consent',
    id: hash.slice(2),
    identifier: [grantIdentifier(hash)],
    status: STATUS[state],
    scope: concept(hl7('consentscope', 'patient-privacy', 'Privacy Consent')),
    category: [concept({ system: 'http://loinc.org', code: '59284-0', display: 'Patient Consent' })],
    patient,
    performer: [patient],
    policyRule: concept(hl7('v3-ActCode', 'OPTIN', 'opt-in')),
    provision: {
      type: 'permit',
      period: { start: instantOf(accessFrom), end: instantOf(accessTo) },
      actor: [
        {
          role: concept(hl7('v3-ParticipationType', 'IRCP', 'information recipient')),
          reference: knownAs('Practitioner', physician),
        },
      ],
      action: [concept(hl7('consentaction', 'access', 'Access'))],
      purpose: [emergencyMs === undefined ? TREATMENT : EMERGENCY],
      class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation', display: 'Observation' }],
      code: [...categories].map((text) => ({ text })),
      dataPeriod: { start: instantOf(dataFrom), end: instantOf(dataTo) },
    },
  } as const
}
