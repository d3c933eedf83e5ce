import { decodeCbor, encodeCbor } from '../cbor.ts'
import { MalformedError } from '../errors.ts'
import { FieldReader, rawOf } from '../fields.ts'
import { type Address, toHex } from '../ids.ts'
import { asLabel, LABEL_LIMIT, type Label } from '../label.ts'
import { type Recover, SIGNATURE_BYTES, type Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'

/** Bytes of a compressed Umbral public key. */
export const PUBLIC_KEY_BYTES = 33
/** Most labels in one document: 5 categories of 24 months, with room for a generation change. */
export const LABEL_KEYS_LIMIT = 512
export const LABEL_KEYS_LIMIT_BYTES = 65_536

export interface LabelKey {
  readonly label: Label
  /** Umbral public key, 33 bytes. */
  readonly publicKey: Uint8Array
}

/** The public keys that a device seals under, signed by its patient. The newest serial replaces all before. */
export interface LabelKeys {
  readonly patient: Address
  readonly device: Address
  /** Only rises. */
  readonly serial: number
  readonly keys: readonly LabelKey[]
}

export interface SignedLabelKeys extends LabelKeys {
  readonly signature: Uint8Array
}

/** EIP-712 form of a label and its key; grants use it too. */
export const LABEL_KEY_TYPE = 'string label,bytes publicKey'
export const labelKeyMessage = ({ label, publicKey }: LabelKey) => ({ label, publicKey: toHex(publicKey) })

export const LABEL_KEYS = statement<object>(
  'LabelKeys',
  'address patient,address device,uint64 serial,LabelKey[] keys',
  { LabelKey: LABEL_KEY_TYPE },
)

function digest(realm: Realm, { patient, device, serial, keys }: LabelKeys): Uint8Array {
  return digestOf(realm, LABEL_KEYS, { patient, device, serial, keys: keys.map(labelKeyMessage) })
}

export function signLabelKeys(realm: Realm, keys: LabelKeys, signer: Signer): SignedLabelKeys {
  return { ...keys, signature: signer.sign(digest(realm, keys)) }
}

/** Whether `keys.patient` signed it for this realm. */
export function areLabelKeysSigned(realm: Realm, keys: SignedLabelKeys, recover: Recover): boolean {
  return recover(digest(realm, keys), keys.signature) === keys.patient
}

/** `[1, patient, device, serial, [* [label, key]], signature]`; layout in label-keys.cddl */
export function encodeLabelKeys({ patient, device, serial, keys, signature }: SignedLabelKeys): Uint8Array {
  return encodeCbor([
    1,
    rawOf(patient),
    rawOf(device),
    serial,
    keys.map(({ label, publicKey }) => [label, publicKey]),
    signature,
  ])
}

/** Checks form only. @throws {MalformedError} */
export function decodeLabelKeys(bytes: Uint8Array): SignedLabelKeys {
  const fields = new FieldReader('label keys', decodeCbor(bytes, 'label keys', LABEL_KEYS_LIMIT_BYTES), 6)
  fields.constant(1)
  const patient = fields.address()
  const device = fields.address()
  const serial = fields.uint()
  const keys = readLabelKeys(fields.list(LABEL_KEYS_LIMIT))
  return { patient, device, serial, keys, signature: fields.bytes(SIGNATURE_BYTES) }
}

/** @throws {MalformedError} when one is no label with a key, or a label comes twice */
export function readLabelKeys(list: readonly unknown[]): readonly LabelKey[] {
  const keys = list.map((item): LabelKey => {
    const parts = new FieldReader('label key', item, 2)
    return { label: asLabel(parts.text(LABEL_LIMIT)), publicKey: parts.bytes(PUBLIC_KEY_BYTES) }
  })
  if (new Set(keys.map(({ label }) => label)).size !== keys.length) {
    throw new MalformedError('label keys', 'a label comes twice')
  }
  return keys
}
