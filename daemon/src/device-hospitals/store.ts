import {
  areDeviceHospitalsSigned,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  type SignedDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, put } from '../store/disk.ts'
import { DeviceHospitalsError } from './errors.ts'

export interface DeviceHospitalStoreOptions {
  readonly path: string
  readonly reserveBytes: number
}

export interface DeviceHospitalStoreDeps {
  readonly realm: Realm
  readonly recover: Recover
  /** Whom a device is bound to. */
  readonly patientOf: (device: Address) => Address | undefined
  readonly log: Logger
}

const SMALL_BUFFER_BYTES = 64 * 1024

/** The newest list of hospitals of each device, as its patient signed it. */
export class DeviceHospitalStore implements Service {
  readonly #deps: DeviceHospitalStoreDeps
  readonly #disk: Disk
  #putting: Promise<unknown> = Promise.resolve()

  constructor({ path, reserveBytes }: DeviceHospitalStoreOptions, deps: DeviceHospitalStoreDeps) {
    this.#deps = deps
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log: deps.log })
  }

  async start(): Promise<void> {
    await this.#disk.open()
  }

  async stop(): Promise<void> {
    await this.#putting.catch(() => {})
    await this.#disk.close()
  }

  /**
   * Keep a list that a patient signed for a device. The very list that is held already is taken again.
   *
   * @throws {DeviceHospitalsError}
   */
  async put(list: SignedDeviceHospitals): Promise<void> {
    this.#check(list)
    // One after another: two with one serial must not both pass.
    const putting = this.#putting.catch(() => {}).then(() => this.#put(list))
    this.#putting = putting
    await putting
  }

  async get(device: Address): Promise<SignedDeviceHospitals | undefined> {
    const value = await this.#disk.level.get(keyOf(device))
    return value === undefined ? undefined : decodeDeviceHospitals(value)
  }

  #check(list: SignedDeviceHospitals): void {
    const { realm, recover, patientOf } = this.#deps
    const { device } = list
    if (patientOf(device) !== list.patient) {
      const fault = { code: 'DEVICE_HOSPITALS_WRONG_PATIENT', device } as const
      throw new DeviceHospitalsError('not the patient of this device', fault)
    }
    const refused = { code: 'DEVICE_HOSPITALS_BAD_SIGNATURE', device } as const
    try {
      if (areDeviceHospitalsSigned(realm, list, recover)) return
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause
      throw new DeviceHospitalsError('not signed by the patient', refused, { cause })
    }
    throw new DeviceHospitalsError('not signed by the patient', refused)
  }

  async #put(list: SignedDeviceHospitals): Promise<void> {
    const { device, serial } = list
    const bytes = encodeDeviceHospitals(list)
    const held = await this.#disk.level.get(keyOf(device))
    if (held !== undefined) {
      if (Buffer.compare(held, bytes) === 0) return
      const { serial: heldSerial } = decodeDeviceHospitals(held)
      if (serial <= heldSerial) {
        const fault = { code: 'DEVICE_HOSPITALS_STALE', serial, heldSerial } as const
        throw new DeviceHospitalsError('not newer than what is held', fault)
      }
    }
    await this.#disk.write([put(keyOf(device), bytes)], true)
  }
}

const keyOf = (device: Address) => Buffer.from(device)
