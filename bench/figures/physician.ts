import { checkPhysician, giveGrant } from '@hygeia/dapp/patient/grant'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { receivedGrants } from '@hygeia/dapp/physician/grants'
import { type Physician, registerPhysician } from '@hygeia/dapp/physician/physician'
import type { Label } from '@hygeia/protocol/label'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import { newPhysician } from '@hygeia/test/people'
import type { Ward } from '../ward/ward.ts'

/** A new physician, admitted, whom `patient` lets open everything under `labels` between two instants. */
export async function grantedPhysician(
  ward: Ward,
  patient: Patient,
  labels: readonly Label[],
  dataFrom: UnixMs,
  dataTo: UnixMs,
) {
  const physician: Physician = newPhysician(ward.known)
  await registerPhysician(physician)
  await ward.hospital.admit(physician.identity.signer.address)
  const checked = await checkPhysician(patient, physician.identity.signer.address)
  const accessTo = (Date.now() + DAY_MS) as UnixMs
  await giveGrant(patient, { physician: checked, labels, dataFrom, dataTo, accessTo })
  const [held] = await receivedGrants(physician)
  if (held === undefined) throw new Error('the grant did not arrive')
  return { physician, held }
}
