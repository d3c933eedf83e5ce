import { randomBytes } from 'node:crypto'
import {
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  signDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import { Device } from '../support/people.ts'
import { type Case, put, type Stage } from './case.ts'

/** Lists of the hospitals that a device may send to. */
export async function deviceHospitals(stage: Stage): Promise<readonly Case[]> {
  const { hospital, patient, stranger, device } = stage
  const { realm, client } = hospital
  const to = `/v1/devices/${device.address}/hospitals`
  const list = (serial: number, by = patient, of = device) => by.hospitals(of, hospital, serial)
  await client.ask(to, put(list(3), patient.token))
  const forged = encodeDeviceHospitals(
    signDeviceHospitals(realm, decodeDeviceHospitals(list(9)), stranger.signer),
  )
  return [
    ['a list that is not newer', 'DEVICE_HOSPITALS_STALE', to, put(list(2), patient.token)],
    ['a list for another device', 'NOT_YOURS', to, put(list(9, patient, new Device(realm)), patient.token)],
    [
      "a list for somebody else's device",
      'DEVICE_HOSPITALS_WRONG_PATIENT',
      to,
      put(list(9, stranger), stranger.token),
    ],
    ['a list that is not signed', 'DEVICE_HOSPITALS_BAD_SIGNATURE', to, put(forged, patient.token)],
    ['a list of random bytes', 'MALFORMED', to, put(randomBytes(500), patient.token)],
    ['too long a list', 'BODY_TOO_LARGE', to, put(randomBytes(5_000), patient.token)],
    ["somebody else's list", 'NOT_FOUND', to, { token: stranger.token }],
  ]
}
