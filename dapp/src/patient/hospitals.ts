import {
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  signDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { Address } from '@hygeia/protocol/ids'
import { SECOND_MS } from '@hygeia/protocol/units'
import type { AccountClient } from '../hospital/client.ts'
import type { KnownHospital } from '../hospital/known.ts'
import type { Patient } from './patient.ts'

export interface GivenHospitals {
  readonly device: Address
  readonly serial: number
  /** API addresses of the hospitals that hold the list now; the others did not answer, and it can be given again. */
  readonly heldBy: readonly string[]
}

/**
 * Say which hospitals a device sends to, the preferred first; the list takes the place of the one before.
 *
 * It is left with all of them, so that the device hears of it from whichever it speaks to. The patient's own hospital
 * is to be among those that can be reached: it is the one that the device asks.
 *
 * @throws {HospitalError} when the patient's hospital does not take it
 */
export async function giveHospitals(
  { identity, hospital, account }: Patient,
  device: Address,
  hospitals: readonly KnownHospital[],
): Promise<GivenHospitals> {
  const others = hospitals
    .filter(({ client }) => client !== hospital.client)
    .map(({ client }) => client.as(identity.signer, hospital.realm))
  const before = await Promise.allSettled([account, ...others].map((one) => serialAt(one, device)))
  const held = before.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  // By the clock, so that a hospital that has forgotten the list before does not make an old serial of it.
  const now = Math.floor(hospital.client.clock.now() / SECOND_MS)
  const serial = Math.max(now, ...held.map((known) => known + 1))
  const list = {
    patient: identity.signer.address,
    device,
    serial,
    hospitals: hospitals.map(({ hospital: operator, receiptKey, caHash, client }) => ({
      hospital: operator,
      receiptKey,
      caHash,
      api: client.transport.base,
    })),
  }
  const encoded = encodeDeviceHospitals(signDeviceHospitals(hospital.realm, list, identity.signer))
  await account.putDeviceHospitals(device, encoded)
  const puts = await Promise.allSettled(others.map((other) => other.putDeviceHospitals(device, encoded)))
  const taken = others.filter((_, index) => puts[index]?.status === 'fulfilled')
  return { device, serial, heldBy: [account, ...taken].map(({ hospital: { transport } }) => transport.base) }
}

/** Serial of the list that a hospital holds; 0 when it holds none. */
async function serialAt(account: AccountClient, device: Address): Promise<number> {
  const bytes = await account.deviceHospitals(device)
  return bytes === undefined ? 0 : decodeDeviceHospitals(bytes).serial
}
