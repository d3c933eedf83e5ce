import type { UnixMs } from '@hygeia/protocol/units'
import { instantOf } from '../concepts.ts'
import { PARAMETERS, TYPES } from './query.ts'

const COMMON = [
  { name: '_id', type: 'token' },
  { name: '_lastUpdated', type: 'date' },
]

/** What a server of this kind can do, for `/metadata`. @param startedAt - when it began */
export function capabilityStatement(base: string, startedAt: UnixMs) {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: instantOf(startedAt),
    kind: 'instance',
    software: { name: 'hygeia fhir-serve' },
    implementation: {
      description: 'Readings that patients granted to one physician, decrypted on the physician’s side',
      url: base,
    },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: { description: 'Authorization: Bearer TOKEN, with the token that was shown at start' },
        resource: TYPES.map((type) => ({
          type,
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          versioning: 'no-version',
          searchParam: [
            ...COMMON,
            ...Object.entries(PARAMETERS[type]).map(([name, kind]) => ({ name, type: kind })),
          ],
        })),
      },
    ],
  }
}
