import { decodeCbor, encodeCbor } from '../cbor.ts'
import { MalformedError } from '../errors.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Address } from '../ids.ts'
import { type EnrolmentHospital, HOSPITAL_LIMIT, hospitalFields, readHospital } from '../pairing/enrolment.ts'
import { type Recover, SIGNATURE_BYTES, type Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'

export const DEVICE_HOSPITALS_LIMIT_BYTES = 4_096

/** The hospitals that a device may send to, signed by its patient. The newest serial replaces all before. */
export interface DeviceHospitals {
  readonly patient: Address
  readonly device: Address
  /** Only rises, from 1. */
  readonly serial: number
  /** At least one, the preferred first. */
  readonly hospitals: readonly EnrolmentHospital[]
}

export interface SignedDeviceHospitals extends DeviceHospitals {
  readonly signature: Uint8Array
}

export const DEVICE_HOSPITALS = statement<DeviceHospitals>(
  'DeviceHospitals',
  'address patient,address device,uint64 serial,Hospital[] hospitals',
  { Hospital: 'address hospital,address receiptKey,bytes32 caHash,string api' },
)

function digest(realm: Realm, { patient, device, serial, hospitals }: DeviceHospitals): Uint8Array {
  return digestOf(realm, DEVICE_HOSPITALS, { patient, device, serial, hospitals })
}

export function signDeviceHospitals(
  realm: Realm,
  document: DeviceHospitals,
  signer: Signer,
): SignedDeviceHospitals {
  return { ...document, signature: signer.sign(digest(realm, document)) }
}

/** Whether `document.patient` signed it for this realm. */
export function areDeviceHospitalsSigned(
  realm: Realm,
  document: SignedDeviceHospitals,
  recover: Recover,
): boolean {
  return recover(digest(realm, document), document.signature) === document.patient
}

/** `[1, patient, device, serial, [* hospital], signature]`; layout in device-hospitals.cddl */
export function encodeDeviceHospitals({
  patient,
  device,
  serial,
  hospitals,
  signature,
}: SignedDeviceHospitals): Uint8Array {
  return encodeCbor([1, rawOf(patient), rawOf(device), serial, hospitals.map(hospitalFields), signature])
}

/** Checks form only. @throws {MalformedError} */
export function decodeDeviceHospitals(bytes: Uint8Array): SignedDeviceHospitals {
  const decoded = decodeCbor(bytes, 'device hospitals', DEVICE_HOSPITALS_LIMIT_BYTES)
  const fields = new FieldReader('device hospitals', decoded, 6)
  fields.constant(1)
  const patient = fields.address()
  const device = fields.address()
  const serial = fields.count(Number.MAX_SAFE_INTEGER)
  const hospitals = fields.list(HOSPITAL_LIMIT).map(readHospital)
  if (hospitals.length === 0) throw new MalformedError('device hospitals', 'no hospital')
  if (new Set(hospitals.map(({ hospital }) => hospital)).size !== hospitals.length)
    throw new MalformedError('device hospitals', 'a hospital comes twice')
  return { patient, device, serial, hospitals, signature: fields.bytes(SIGNATURE_BYTES) }
}
