import { randomBytes } from 'node:crypto'
import { hostClock } from '@hygeia/dapp/clock'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { type KnownHospital, know } from '@hygeia/dapp/hospital/known'
import { type Patient, patientAt } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { type Physician, physicianAt } from '@hygeia/dapp/physician/physician'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import type { UnixMs } from '@hygeia/protocol/units'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import type { HospitalProcess } from './hospital.ts'

/** The hospital as a dapp knows it that pins its certificate. @param aheadMs - by how much the dapp's clock is */
export async function visit(hospital: HospitalProcess, aheadMs = 0): Promise<KnownHospital> {
  const fetch = pinnedFetch(await hospital.ca())
  const clock = { ...hostClock, now: () => (hostClock.now() + aheadMs) as UnixMs }
  return await know(new HospitalClient({ base: hospital.endpoints.api, fetch, clock }))
}

/** A patient with new words, not registered yet. */
export function newPatient(hospital: KnownHospital): Patient {
  return patientAt(identityOf(wordsOf(randomBytes(32))), hospital, new PatientState())
}

/** A physician with new words, not registered yet. */
export function newPhysician(hospital: KnownHospital): Physician {
  return physicianAt(identityOf(wordsOf(randomBytes(32))), hospital)
}
