import { CodedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'

export type DeviceHospitalsFault =
  /** Somebody else's patient, or a device that is bound to nobody. */
  | { readonly code: 'DEVICE_HOSPITALS_WRONG_PATIENT'; readonly device: Address }
  | { readonly code: 'DEVICE_HOSPITALS_BAD_SIGNATURE'; readonly device: Address }
  /** A list with this serial, or a higher one, is held. */
  | { readonly code: 'DEVICE_HOSPITALS_STALE'; readonly serial: number; readonly heldSerial: number }

export class DeviceHospitalsError extends CodedError<DeviceHospitalsFault> {}
