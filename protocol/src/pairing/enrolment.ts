import { base64urlnopad } from '@scure/base'
import { decodeCbor, encodeCbor } from '../cbor.ts'
import { MalformedError } from '../errors.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Address, Hex32 } from '../ids.ts'
import type { Realm } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/** One hospital as a device must know it. */
export interface EnrolmentHospital {
  /** Operator account. */
  readonly hospital: Address
  /** Address of the key that signs its receipts. */
  readonly receiptKey: Address
  /** SHA-256 of its CA certificate in DER. */
  readonly caHash: Hex32
  /** HTTPS origin; the broker's addresses are served there. */
  readonly api: string
}

/** What the patient's dapp hands to a device, as text or QR: used once, for a short while. */
export interface Enrolment {
  readonly realm: Realm
  readonly patient: Address
  readonly hospitals: readonly EnrolmentHospital[]
  /** 16 random bytes that nobody but patient and device know. */
  readonly secret: Uint8Array
  readonly expires: UnixMs
}

export const ENROLMENT_SECRET_BYTES = 16
const PREFIX = 'hygeia1:'
const TEXT_LIMIT = 4_096
/** Most hospitals that a device is told of. */
export const HOSPITAL_LIMIT = 8

/** `hygeia1:` and Base64url; layout in enrolment.cddl */
export function formatEnrolment({ realm, patient, hospitals, secret, expires }: Enrolment): string {
  return (
    PREFIX +
    base64urlnopad.encode(
      encodeCbor([
        realm.chainId,
        rawOf(realm.directory),
        rawOf(realm.genesis),
        rawOf(patient),
        hospitals.map(hospitalFields),
        secret,
        expires,
      ]),
    )
  )
}

/** @throws {MalformedError} when mistyped or cut short; whether it has expired is for who has a clock */
export function parseEnrolment(text: string): Enrolment {
  const trimmed = text.trim()
  if (!trimmed.startsWith(PREFIX) || trimmed.length > TEXT_LIMIT) {
    throw new MalformedError('enrolment', `does not begin with ${PREFIX}`)
  }
  let bytes: Uint8Array
  try {
    bytes = base64urlnopad.decode(trimmed.slice(PREFIX.length))
  } catch (cause) {
    throw new MalformedError('enrolment', 'mistyped or cut short', { cause })
  }
  const fields: FieldReader = new FieldReader('enrolment', decodeCbor(bytes, 'enrolment', TEXT_LIMIT), 7)
  const realm = {
    chainId: fields.count(Number.MAX_SAFE_INTEGER),
    directory: fields.address(),
    genesis: fields.hex32(),
  }
  const patient = fields.address()
  const hospitals = fields.list(HOSPITAL_LIMIT).map(readHospital)
  if (hospitals.length === 0) fields.fail('no hospital')
  return {
    realm,
    patient,
    hospitals,
    secret: fields.bytes(ENROLMENT_SECRET_BYTES),
    expires: fields.instant(),
  }
}

/** `[hospital, receiptKey, caHash, api]` */
export function hospitalFields({ hospital, receiptKey, caHash, api }: EnrolmentHospital): readonly unknown[] {
  return [rawOf(hospital), rawOf(receiptKey), rawOf(caHash), api]
}

/** @throws {MalformedError} */
export function readHospital(value: unknown): EnrolmentHospital {
  const parts: FieldReader = new FieldReader('hospital', value, 4)
  const hospital = parts.address()
  const receiptKey = parts.address()
  const caHash = parts.hex32()
  const api = parts.text(256)
  if (!api.startsWith('https://') || !URL.canParse(api)) parts.fail('not an https address')
  return { hospital, receiptKey, caHash, api }
}
