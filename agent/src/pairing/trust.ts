import { createHash, X509Certificate } from 'node:crypto'
import { sameBytes } from '@hygeia/protocol/cbor'
import { fromHex } from '@hygeia/protocol/ids'
import type { Enrolment, EnrolmentHospital } from '@hygeia/protocol/pairing/enrolment'
import { HospitalApi } from '../hospital/api.ts'
import { httpsRequest } from '../hospital/https.ts'
import type { PinnedHospital } from '../hospital/pairing-record.ts'
import { RealmAnswer } from '../hospital/realm.ts'
import { PairingError } from './errors.ts'

/**
 * Fetch a hospital's CA without trusting who serves it, and keep it only if it is the one that the enrolment names.
 *
 * @returns PEM
 * @throws {PairingError} `CA_MISMATCH`
 * @throws {HospitalError} when it does not answer
 */
export async function fetchPinnedCa(
  { api, caHash }: EnrolmentHospital,
  signal: AbortSignal,
): Promise<string> {
  const { status, body } = await httpsRequest({ method: 'GET', url: new URL('/v1/ca.pem', api) }, signal)
  try {
    if (status === 200) {
      const certificate = new X509Certificate(body)
      const hash = createHash('sha256').update(certificate.raw).digest()
      if (sameBytes(hash, fromHex(caHash))) return certificate.toString()
    }
  } catch {
    // Not a certificate: no more the right one than a wrong one is.
  }
  throw new PairingError(`${api} does not serve the certificate that the enrolment names`, {
    code: 'CA_MISMATCH',
    api,
  })
}

/**
 * Ask a hospital about itself, trusting only its pinned CA, and check that against the enrolment.
 *
 * @throws {PairingError} `CA_MISMATCH` or `REALM_MISMATCH`
 * @throws {HospitalError}
 */
export async function pinHospital(
  { realm }: Pick<Enrolment, 'realm'>,
  named: EnrolmentHospital,
  { ignoresDates }: { ignoresDates: boolean },
  signal: AbortSignal,
): Promise<PinnedHospital> {
  const ca = await fetchPinnedCa(named, signal)
  const api = new HospitalApi({ api: named.api, ca }, { ignoresDates: () => ignoresDates })
  const answer = await api.getJson('/v1/realm', RealmAnswer, signal)
  const expected = { ...realm, hospital: named.hospital, receiptKey: named.receiptKey, caHash: named.caHash }
  const fields = (Object.keys(expected) as (keyof typeof expected)[]).filter(
    (field) => answer[field] !== expected[field],
  )
  if (fields.length > 0) {
    throw new PairingError(`${named.api} is not as the enrolment says: ${fields.join(', ')}`, {
      code: 'REALM_MISMATCH',
      api: named.api,
      fields,
    })
  }
  const { hospital, receiptKey, mqtt, coap, periodSec } = answer
  return {
    hospital,
    receiptKey,
    api: named.api,
    ca,
    mqtt: mqtt ?? undefined,
    coap: coap ?? undefined,
    periodSec,
  }
}
