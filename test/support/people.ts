import { randomBytes } from 'node:crypto'
import { hostClock } from '@hygeia/dapp/clock'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { type KnownHospital, know } from '@hygeia/dapp/hospital/known'
import { type Patient, patientAt } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { type Physician, physicianAt } from '@hygeia/dapp/physician/physician'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import type { UnixMs } from '@hygeia/protocol/units'
import { sharedChain } from '../../dapp/bin/host/consortium.ts'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import type { HospitalProcess } from './hospital.ts'

/** The hospital as a dapp knows it that pins its certificate. @param aheadMs - by how much the dapp's clock is */
export async function visit(hospital: HospitalProcess, aheadMs = 0): Promise<KnownHospital> {
  return await know(await clientOf(hospital, aheadMs))
}

/** Hospitals of one consortium, as a dapp knows them that sees the chain through whichever of them answers. */
export async function visitAll(hospitals: readonly HospitalProcess[]): Promise<readonly KnownHospital[]> {
  const clients = await Promise.all(hospitals.map((hospital) => clientOf(hospital)))
  const provider = sharedChain(clients.map(({ transport }) => transport))
  return await Promise.all(clients.map((client) => know(client, { provider })))
}

/** A client with connections of its own, which the hospital keeps for half a minute. */
export async function clientOf(hospital: HospitalProcess, aheadMs = 0): Promise<HospitalClient> {
  const fetch = pinnedFetch(await hospital.ca())
  const clock = { ...hostClock, now: () => (hostClock.now() + aheadMs) as UnixMs }
  return new HospitalClient({ base: hospital.endpoints.api, fetch, clock })
}

/** A patient with new words, not registered yet. */
export function newPatient(hospital: KnownHospital, others: readonly KnownHospital[] = []): Patient {
  return patientAt(identityOf(wordsOf(randomBytes(32))), hospital, new PatientState(), others)
}

/** A physician with new words, not registered yet. */
export function newPhysician(hospital: KnownHospital, others: readonly KnownHospital[] = []): Physician {
  return physicianAt(identityOf(wordsOf(randomBytes(32))), hospital, others)
}
