import type { SignedDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import type { Address, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { Incident } from '../incidents/incidents.ts'
import type { Admission, GenuineBatch } from '../store/admit.ts'
import type { DeviceNotes } from '../store/devices.ts'
import type { BatchRecord } from '../store/record.ts'
import type { DeviceStanding } from '../verify/judge.ts'

/** Where genuine batches go. */
export interface Journal {
  /** @throws {StoreError} when it is not on the disk */
  take(batch: GenuineBatch): Promise<Admission>
  readonly devices: Pick<DeviceNotes, 'heard'>
  readonly reader: {
    find(digest: Uint8Array): Promise<BatchRecord | undefined>
    inSequence(
      device: Address,
      incarnation: Incarnation,
      from: number,
      to: number,
      limit: number,
    ): Promise<readonly BatchRecord[]>
  }
}

export interface Receipts {
  answersFor(batches: readonly BatchRecord[], limitBytes: number): Promise<readonly Answer[]>
}

/** Who is who on the chain. */
export interface Directory {
  device(address: Address): DeviceStanding | undefined
  /** Read what the chain has and the view has not. @throws when the chain cannot be asked */
  refresh(): Promise<void>
}

export interface LabelKeys {
  knows(device: Address, label: Label): boolean | undefined | Promise<boolean | undefined>
  get(device: Address): Promise<SignedLabelKeys | undefined>
}

export interface DeviceHospitals {
  get(device: Address): Promise<SignedDeviceHospitals | undefined>
}

export interface IncidentBook {
  note(incident: Incident): void
}
