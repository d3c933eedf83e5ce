import {
  DEVICE_HOSPITALS_LIMIT_BYTES,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { DeviceHospitalPort, SessionPort } from '../ports.ts'
import type { App } from '../server.ts'
import { patientSignedRoutes } from './patient-signed.ts'

export interface DeviceHospitalDeps {
  readonly deviceHospitals: DeviceHospitalPort
  readonly sessions: SessionPort
}

/** The hospitals that a device may send to, as its patient says. */
export function deviceHospitalRoutes(app: App, { deviceHospitals, sessions }: DeviceHospitalDeps): void {
  patientSignedRoutes(
    app,
    {
      name: 'hospitals',
      what: 'SignedDeviceHospitals',
      limitBytes: DEVICE_HOSPITALS_LIMIT_BYTES,
      decode: decodeDeviceHospitals,
      encode: encodeDeviceHospitals,
      kept: deviceHospitals,
      put: {
        summary: 'Put the list of hospitals',
        description:
          'Its serial must be higher than of what is held. The device hears of it with its next question.',
      },
      get: {
        summary: 'The newest list of hospitals',
        description: 'As the patient signed it: where the device sends, in order.',
      },
      newest: 'The newest list',
      refusals: [
        'DEVICE_HOSPITALS_WRONG_PATIENT',
        'DEVICE_HOSPITALS_BAD_SIGNATURE',
        'DEVICE_HOSPITALS_STALE',
      ],
    },
    { sessions },
  )
}
