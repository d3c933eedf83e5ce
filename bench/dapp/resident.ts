import { randomBytes } from 'node:crypto'
import { patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { FleetDevice, nativeSigner } from '../fleet.ts'
import { deliver } from '../load/deliver.ts'
import type { Tell } from '../report/step.ts'
import { bindDevice, giveLabelKeys, vitalsKeys } from '../ward/bind.ts'
import type { Ward } from '../ward/ward.ts'

export const DAYS = 7
const WINDOWS = DAY_MS / MINUTE_MS

/** Somebody who has been here for a week, with one device that measures four channels at 1 Hz. */
export interface Resident {
  /** 24 of them. */
  readonly words: string
  readonly device: FleetDevice
}

/** Admit one, and have everything of the week before now stored and anchored. */
export async function admitResident(ward: Ward, tell: Tell): Promise<Resident> {
  const { known } = ward
  const words = wordsOf(randomBytes(32))
  const patient = patientAt(identityOf(words), known, new PatientState())
  await registerPatient(patient)
  const signer = nativeSigner(await bindDevice(known, patient))
  const keys = vitalsKeys(patient)
  await giveLabelKeys(known, patient, signer.address, keys)
  const device = new FleetDevice(known.realm, keys, signer)
  const began = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - DAYS * DAY_MS
  for (let day = 0; day < DAYS; day++) {
    tell(`day ${day + 1} of ${DAYS}`)
    const from = (began + day * DAY_MS) as UnixMs
    await deliver(await ward.target(), device, device.sealMinutes(from, WINDOWS))
  }
  return { words, device }
}
