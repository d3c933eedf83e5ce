import {
  areDeviceHospitalsSigned,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  type SignedDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { Address } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Disk } from '../store/disk.ts'
import { type DocumentKind, PatientSigned, type PatientSignedDeps } from '../store/patient-signed.ts'
import { DeviceHospitalsError } from './errors.ts'

export interface DeviceHospitalStoreOptions {
  readonly path: string
  readonly reserveBytes: number
}

export interface DeviceHospitalStoreDeps extends Omit<PatientSignedDeps, 'disk'> {
  readonly log: Logger
}

const SMALL_BUFFER_BYTES = 64 * 1024

const KIND: DocumentKind<SignedDeviceHospitals> = {
  encode: encodeDeviceHospitals,
  decode: decodeDeviceHospitals,
  isSigned: areDeviceHospitalsSigned,
  keyOf: (device) => Buffer.from(device),
  wrongPatient: (device) =>
    new DeviceHospitalsError('not the patient of this device', {
      code: 'DEVICE_HOSPITALS_WRONG_PATIENT',
      device,
    }),
  badSignature: (device, options) =>
    new DeviceHospitalsError(
      'not signed by the patient',
      { code: 'DEVICE_HOSPITALS_BAD_SIGNATURE', device },
      options,
    ),
  stale: (serials) =>
    new DeviceHospitalsError('not newer than what is held', { code: 'DEVICE_HOSPITALS_STALE', ...serials }),
}

/** The newest list of hospitals of each device, as its patient signed it. */
export class DeviceHospitalStore implements Service {
  readonly #disk: Disk
  readonly #lists: PatientSigned<SignedDeviceHospitals>

  constructor({ path, reserveBytes }: DeviceHospitalStoreOptions, { log, ...deps }: DeviceHospitalStoreDeps) {
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log })
    this.#lists = new PatientSigned(KIND, { ...deps, disk: this.#disk })
  }

  async start(): Promise<void> {
    await this.#disk.open()
  }

  async stop(): Promise<void> {
    await this.#lists.settled()
    await this.#disk.close()
  }

  /**
   * Keep a list that a patient signed for a device. The very list that is held already is taken again.
   *
   * @throws {DeviceHospitalsError}
   */
  async put(list: SignedDeviceHospitals): Promise<void> {
    await this.#lists.put(list)
  }

  async get(device: Address): Promise<SignedDeviceHospitals | undefined> {
    return await this.#lists.get(device)
  }
}
