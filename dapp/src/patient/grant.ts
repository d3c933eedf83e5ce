import { CATEGORIES, type Category } from '@hygeia/protocol/channel'
import { encodeGrant } from '@hygeia/protocol/grant/codec'
import { GRANT_LABEL_LIMIT, type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { commitmentOf, packKfrags } from '@hygeia/protocol/grant/parcel'
import { fingerprint, isPhysicianKeySigned, keyDigest } from '@hygeia/protocol/grant/physician-key'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { type Label, type Month, monthOf, monthsFrom } from '@hygeia/protocol/label'
import { GRANT_CONSENT } from '@hygeia/protocol/typed-data/chain'
import { dealKfrags } from '@hygeia/protocol/umbral/kfrag'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { RelayAnswer } from '../hospital/answers.ts'
import { everywhere, type Untold } from '../hospital/everywhere.ts'
import type { Place } from '../hospital/place.ts'
import { once, signStatement } from '../hospital/statement.ts'
import { randomHex32 } from '../random.ts'
import { recoverSigner } from '../recover.ts'
import { deliver } from './deliveries.ts'
import { PatientError } from './errors.ts'
import type { Generations } from './generations.ts'
import { labelKey } from './label-keys.ts'
import { notOnChain, type Patient } from './patient.ts'

/** Most months of data in one grant. */
export const GRANT_MONTHS = 13
/** The chain's time is that of its last block, a little behind ours. */
const ACCESS_LEAD_MS = 5 * MINUTE_MS

/** cfrags that open a capsule unless told otherwise: of 3 hospitals 2, of 5 hospitals 3, of one that one. */
export function thresholdOf(hospitals: number): number {
  return Math.floor(hospitals / 2) + 1
}

/** A physician whose key was checked against its signature and the chain. */
export interface CheckedPhysician {
  readonly physician: Address
  /** 33 bytes. */
  readonly receivingKey: Uint8Array
  /** To compare with the physician outside the hospital. */
  readonly fingerprint: string
}

/**
 * Fetch a physician's key and check it.
 *
 * @throws {PatientError} `PHYSICIAN_KEY_SUBSTITUTED` or `PHYSICIAN_NOT_ACTIVE`
 */
export function checkPhysician(patient: GrantingPatient, physician: Address): Promise<CheckedPhysician> {
  return checkKey(patient, physician, ['active'])
}

/**
 * The same of somebody whom the patient knows and no hospital has to: registered is enough.
 *
 * @throws {PatientError} `PHYSICIAN_KEY_SUBSTITUTED` or `PHYSICIAN_NOT_ACTIVE`
 */
export function checkReader(patient: GrantingPatient, reader: Address): Promise<CheckedPhysician> {
  return checkKey(patient, reader, ['active', 'registered'])
}

type GrantingPatient = Pick<Patient, 'hospital' | 'hospitals'>

async function checkKey(
  { hospital: { realm, directory }, hospitals }: GrantingPatient,
  physician: Address,
  allowed: readonly string[],
): Promise<CheckedPhysician> {
  const { status, keyDigest: registered } = await directory.physician(physician)
  if (!allowed.includes(status)) {
    const what = status === 'unknown' ? 'nobody registered it: check the account' : `${status}, not active`
    throw new PatientError(`nothing can be granted to ${physician}: ${what}`, {
      code: 'PHYSICIAN_NOT_ACTIVE',
      physician,
      status,
    })
  }
  // It is signed by the physician: any hospital's copy will do.
  const { answer: key } = await everywhere(hospitals, ({ hospital: { client } }) =>
    client.physicianKey(physician),
  )
  if (!isPhysicianKeySigned(realm, key, recoverSigner) || keyDigest(key.receivingKey) !== registered) {
    throw new PatientError('the hospital shows a key that is not the physician’s: grant nothing', {
      code: 'PHYSICIAN_KEY_SUBSTITUTED',
      physician,
    })
  }
  return { physician, receivingKey: key.receivingKey, fingerprint: fingerprint(key.receivingKey) }
}

export interface GrantTerms {
  readonly physician: CheckedPhysician
  readonly labels: readonly Label[]
  readonly dataFrom: UnixMs
  readonly dataTo: UnixMs
  readonly accessTo: UnixMs
  /** For emergencies alone, and then for so long, ms: a quarter of an hour to a week. Takes two hospitals. */
  readonly emergencyMs?: number
  /** For somebody whom the patient knows, who need not be admitted by the hospitals. */
  readonly isForFamily?: true
  /** cfrags that open a capsule; a majority of the proxies unless told. */
  readonly threshold?: number
  /** Where it is to be dealt; every hospital that the patient knows unless told. */
  readonly proxies?: readonly Place[]
}

/**
 * Labels that data of these categories and this time lies under, in every generation.
 *
 * @throws {PatientError} `RANGE` when it is empty or more than one grant carries
 */
export function labelsOf(
  generations: Generations,
  { dataFrom, dataTo }: Pick<GrantTerms, 'dataFrom' | 'dataTo'>,
  categories: readonly Category[] = CATEGORIES,
): readonly Label[] {
  const fail = (problem: string) => new PatientError(problem, { code: 'RANGE', problem })
  if (dataTo <= dataFrom) throw fail('the data range is empty: --to must be after --from')
  const months = monthsBetween(monthOf(dataFrom), monthOf((dataTo - 1) as UnixMs))
  if (months.length > GRANT_MONTHS) {
    throw fail(`${months.length} months, at most ${GRANT_MONTHS}: grant them in parts`)
  }
  const labels = months.flatMap((month) => categories.flatMap((category) => generations.all(category, month)))
  if (labels.length > GRANT_LABEL_LIMIT) {
    throw fail(`${labels.length} labels, at most ${GRANT_LABEL_LIMIT}: grant fewer months or categories`)
  }
  return labels
}

function monthsBetween(first: Month, last: Month): readonly Month[] {
  const [year = 0, month = 1] = first.split('-').map(Number)
  const [lastYear = 0, lastMonth = 1] = last.split('-').map(Number)
  return monthsFrom(first, (lastYear - year) * 12 + lastMonth - month + 1)
}

/** A grant with the fragments that its proxies are to get, in the order of its proxies. */
export function dealGrant(patient: Patient, terms: GrantTerms, proxies: readonly Place[]) {
  const { identity, hospital } = patient
  const { physician, labels, dataFrom, dataTo, accessTo, emergencyMs, isForFamily } = terms
  const { threshold = thresholdOf(proxies.length) } = terms
  if (emergencyMs !== undefined && proxies.length < 2) {
    throw new PatientError(
      'there is no break-glass with one hospital: another has to sign that the glass be broken',
      { code: 'NO_OTHER_HOSPITAL' },
    )
  }
  const kfragsOfProxy = proxies.map((): Uint8Array[] => [])
  for (const label of labels) {
    const dealt = dealKfrags({
      delegatingSecret: identity.labelSecret(label),
      receivingKey: physician.receivingKey,
      signingSecret: identity.verifyingSecret,
      threshold,
      shares: proxies.length,
    })
    for (const [index, kfrag] of dealt.entries()) kfragsOfProxy[index]?.push(kfrag)
  }
  const grant: Grant = {
    patient: identity.signer.address,
    physician: physician.physician,
    receivingKey: physician.receivingKey,
    verifyingKey: identity.verifyingKey,
    labels: labels.map((label) => labelKey(patient, label)),
    dataFrom,
    dataTo,
    accessFrom: (hospital.client.clock.now() - ACCESS_LEAD_MS) as UnixMs,
    accessTo,
    threshold,
    proxies: proxies.map(({ hospital: { hospital, proxyKey } }, index) => ({
      hospital,
      proxyKey,
      commitment: commitmentOf(kfragsOfProxy[index] ?? []),
    })),
    ...(emergencyMs !== undefined && { emergencyMs }),
    ...(isForFamily === true && { isForFamily }),
    salt: randomHex32(),
  }
  const parcels = proxies.map((proxy, index) =>
    packKfrags(proxy.hospital.proxyKey, kfragsOfProxy[index] ?? []),
  )
  return { grant, parcels }
}

export interface Granted {
  readonly hash: Hex32
  readonly grant: Grant
  readonly consent: RelayAnswer
  /** Hospitals that have not got their fragments yet; those that are away get them at a later visit. */
  readonly undelivered: readonly Untold[]
}

/**
 * Let a physician open what lies under these labels.
 *
 * @throws {PatientError} `NOT_ON_CHAIN` when the hospital says it is done and it is not, `NO_OTHER_HOSPITAL` when it
 *   is for emergencies and there is one hospital
 */
export async function giveGrant(patient: Patient, terms: GrantTerms): Promise<Granted> {
  const { identity, hospital, state } = patient
  const proxies = terms.proxies ?? patient.hospitals
  const { grant, parcels } = dealGrant(patient, terms, proxies)
  const hash = grantHash(grant)
  const accessEnd = Math.floor(grant.accessTo / 1_000)
  const message = { patient: grant.patient, grant: hash, accessEnd, ...once(hospital) }
  const consent = { message, signature: signStatement(identity, hospital, GRANT_CONSENT, message) }
  const deliveries = proxies.map((place, index) => {
    const parcel = parcels[index]
    if (parcel === undefined) throw new Error('a parcel for each proxy')
    return { grant: hash, hospital: place.hospital.hospital, consent, parcel, place }
  })
  const { consent: relayed, undelivered } = await deliver(patient, encodeGrant(grant), deliveries)
  state.addGrant(grant)
  if (!(await hospital.consent.isActive(grant.patient, hash))) throw notOnChain('the grant')
  return { hash, grant, consent: relayed, undelivered }
}
