import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import { PUBLIC_KEY_BYTES, readLabelKeys } from '../label-keys/label-keys.ts'
import { EMERGENCY_RANGE_MS, GRANT_LABEL_LIMIT, type Grant, type GrantProxy, PROXY_LIMIT } from './grant.ts'

export const GRANT_LIMIT_BYTES = 32_768

/** First field of a document: what kind of grant it is. */
const USUAL = 1
const FOR_EMERGENCIES = 2
const FOR_FAMILY = 3

/** Layout in grant.cddl, emergency-grant.cddl and family-grant.cddl. */
export function encodeGrant(grant: Grant): Uint8Array {
  const { emergencyMs, isForFamily } = grant
  return encodeCbor([
    isForFamily === true ? FOR_FAMILY : emergencyMs === undefined ? USUAL : FOR_EMERGENCIES,
    rawOf(grant.patient),
    rawOf(grant.physician),
    grant.receivingKey,
    grant.verifyingKey,
    grant.labels.map(({ label, publicKey }) => [label, publicKey]),
    grant.dataFrom,
    grant.dataTo,
    grant.accessFrom,
    grant.accessTo,
    grant.threshold,
    grant.proxies.map(({ hospital, proxyKey, commitment }) => [rawOf(hospital), proxyKey, rawOf(commitment)]),
    rawOf(grant.salt),
    ...(emergencyMs === undefined ? [] : [emergencyMs]),
  ])
}

/**
 * @throws {MalformedError} when the form is wrong, a range is empty, the threshold is beyond the proxies, or it is for
 *   emergencies and names no two hospitals
 */
export function decodeGrant(bytes: Uint8Array): Grant {
  const value = decodeCbor(bytes, 'grant', GRANT_LIMIT_BYTES)
  const named: unknown = Array.isArray(value) ? value[0] : undefined
  const isForEmergencies = named === FOR_EMERGENCIES
  const isForFamily = named === FOR_FAMILY
  const fields: FieldReader = new FieldReader('grant', value, isForEmergencies ? 14 : 13)
  fields.constant(isForFamily ? FOR_FAMILY : isForEmergencies ? FOR_EMERGENCIES : USUAL)
  const patient = fields.address()
  const physician = fields.address()
  const receivingKey = fields.bytes(PUBLIC_KEY_BYTES)
  const verifyingKey = fields.bytes(PUBLIC_KEY_BYTES)
  const labels = readLabelKeys(fields.list(GRANT_LABEL_LIMIT))
  if (labels.length === 0) fields.fail('no labels')
  const dataFrom = fields.instant()
  const dataTo = fields.instant()
  if (dataTo <= dataFrom) fields.fail('an empty range of data')
  const accessFrom = fields.instant()
  const accessTo = fields.instant()
  if (accessTo <= accessFrom) fields.fail('an empty range of access')
  const threshold = fields.uint(PROXY_LIMIT)
  const proxies = fields.list(PROXY_LIMIT).map((value): GrantProxy => {
    const parts = new FieldReader('proxy', value, 3)
    return { hospital: parts.address(), proxyKey: parts.bytes(PUBLIC_KEY_BYTES), commitment: parts.hex32() }
  })
  if (threshold === 0 || threshold > proxies.length) fields.fail('a threshold beyond the proxies')
  if (new Set(proxies.map(({ hospital }) => hospital)).size !== proxies.length) fields.fail('a proxy twice')
  const salt = fields.hex32()
  const [shortest, longest] = EMERGENCY_RANGE_MS
  const emergencyMs = isForEmergencies ? fields.uint(longest) : undefined
  if (emergencyMs !== undefined && emergencyMs < shortest) fields.fail('too short for an emergency')
  if (isForEmergencies && proxies.length < 2) fields.fail('no other hospital for emergencies')
  return {
    patient,
    physician,
    receivingKey,
    verifyingKey,
    labels,
    dataFrom,
    dataTo,
    accessFrom,
    accessTo,
    threshold,
    proxies,
    ...(emergencyMs !== undefined && { emergencyMs }),
    ...(isForFamily && { isForFamily }),
    salt,
  }
}
