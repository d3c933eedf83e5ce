import type { AuditEntry, AuditEvent as Event } from '@hygeia/protocol/audit/entry'
import { accountId, type Linking, linkTo } from '@hygeia/protocol/fhir/pseudonym'
import type { Coding } from '@hygeia/protocol/fhir/resources'
import type { AuditLine } from '../hospital/answers.ts'
import { concept, EMERGENCY, grantIdentifier, hl7, instantOf, knownAs } from './concepts.ts'

/** A line of a hospital's audit log, and what stands behind it. */
export interface Audited {
  readonly entry: AuditEntry
  /** `anchored` on the chain, only signed (`pending`), or `false`: not what the hospital's log may hold. */
  readonly proof: 'anchored' | 'pending' | 'false'
  readonly line?: Pick<AuditLine, 'anchor'>
}

/** @see DICOM PS3.16, context groups 400 and 401 */
function dicom(code: string, display: string): Coding {
  return { system: 'http://dicom.nema.org/resources/ontology/DCM', code, display }
}

const QUERY = dicom('110112', 'Query')
const ALERT = dicom('110113', 'Security Alert')
const RECORD = dicom('110110', 'Patient Record')
const ROLES = dicom('110136', 'Security Roles Changed')
const OVERRIDE = dicom('110127', 'Emergency Override Started')

const KINDS: Readonly<Record<Event, { type: Coding; subtype?: readonly Coding[]; action: string }>> = {
  opened: { type: QUERY, action: 'R' },
  refused: { type: QUERY, action: 'R' },
  granted: { type: ALERT, subtype: [ROLES], action: 'C' },
  revoked: { type: ALERT, subtype: [ROLES], action: 'D' },
  emergency: { type: ALERT, subtype: [OVERRIDE], action: 'E' },
  erased: { type: RECORD, action: 'D' },
}
/** Acts of the patient; the others are the physician's. */
const BY_PATIENT: ReadonlySet<Event> = new Set(['granted', 'revoked', 'erased'])
const NONE = /^0x0+$/

export type AuditEvent = ReturnType<typeof auditEventOf>

/** A line of an audit log as a FHIR R4 AuditEvent; how many batches, and what proves it, are details of its entities. */
export function auditEventOf({ entry, proof, line }: Audited, linking: Linking) {
  const { hospital, index, at, event, physician, grant, request, batches, reason } = entry
  const patient = linkTo('Patient', accountId(entry.patient), linking)
  const isByPatient = BY_PATIENT.has(event)
  const others = NONE.test(physician)
    ? []
    : [{ who: knownAs('Practitioner', physician), requestor: !isByPatient }]
  const anchor = line?.anchor
  const detail = [
    { type: 'event', valueString: event },
    { type: 'batches', valueString: String(batches) },
    { type: 'proof', valueString: proof },
    ...(NONE.test(request) ? [] : [{ type: 'request', valueString: request as string }]),
    ...(anchor == null
      ? []
      : [
          { type: 'root', valueString: anchor.root as string },
          { type: 'block', valueString: String(anchor.blockNumber) },
          { type: 'transaction', valueString: anchor.transaction as string },
        ]),
  ]
  return {
    resourceType: 'AuditEvent',
    id: `${accountId(hospital)}-${index}`,
    ...KINDS[event],
    recorded: instantOf(at),
    outcome: event === 'refused' ? '4' : '0',
    ...(reason === '' ? {} : { outcomeDesc: reason }),
    ...(event === 'emergency' ? { purposeOfEvent: [concept(EMERGENCY)] } : {}),
    agent: [...(isByPatient ? [{ who: patient, requestor: true }] : []), ...others],
    source: { observer: knownAs('Organization', hospital) },
    entity: [
      {
        what: patient,
        type: hl7('audit-entity-type', '1', 'Person'),
        role: hl7('object-role', '1', 'Patient'),
        detail,
      },
      ...(NONE.test(grant)
        ? []
        : [
            {
              what: { type: 'Consent', identifier: grantIdentifier(grant) },
              type: hl7('audit-entity-type', '2', 'System Object'),
              role: hl7('object-role', '4', 'Domain Resource'),
            },
          ]),
    ],
  } as const
}
