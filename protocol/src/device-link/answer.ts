import { decodeCbor, encodeCbor } from '../cbor.ts'
import {
  DEVICE_HOSPITALS_LIMIT_BYTES,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  type SignedDeviceHospitals,
} from '../device-hospitals/device-hospitals.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Hex32 } from '../ids.ts'
import {
  decodeLabelKeys,
  encodeLabelKeys,
  LABEL_KEYS_LIMIT_BYTES,
  type SignedLabelKeys,
} from '../label-keys/label-keys.ts'
import { LEAF_LIMIT } from '../merkle/limits.ts'
import { anchorFields, type ProvenLeaf, provenFields, readAnchor, readProven } from '../receipt/codec.ts'
import type { SignedAnchor } from '../receipt/receipt.ts'
import { SIGNATURE_BYTES } from '../signature.ts'
import { REFUSALS, type SignedRefusal } from './refusal.ts'

/** What a hospital says to a device; everything in it that matters is signed. */
export type Answer =
  /** One anchor and this device's batches under it. */
  | { readonly kind: 'receipts'; readonly anchor: SignedAnchor; readonly proven: readonly ProvenLeaf[] }
  /** Never to be sent again. */
  | { readonly kind: 'refused'; readonly refusal: SignedRefusal }
  /** Not now: send the bytes with this digest again after `delayMs`. */
  | { readonly kind: 'busy'; readonly digest: Hex32; readonly delayMs: number }
  | { readonly kind: 'label-keys'; readonly labelKeys: SignedLabelKeys }
  /** Only to a device whose question said which list it has. */
  | { readonly kind: 'hospitals'; readonly hospitals: SignedDeviceHospitals }

/** Most bytes of one answer. */
export const ANSWER_LIMIT_BYTES = 1_048_576
/** Most answers in one reply to a question. */
const ANSWERS_LIMIT = 64

function fieldsOf(answer: Answer): unknown[] {
  switch (answer.kind) {
    case 'receipts':
      return ['receipts', anchorFields(answer.anchor), answer.proven.map(provenFields)]
    case 'refused': {
      const { hospital, digest, reason, signature } = answer.refusal
      return ['refused', [rawOf(hospital), rawOf(digest), reason, signature], null]
    }
    case 'busy':
      return ['busy', rawOf(answer.digest), answer.delayMs]
    case 'label-keys':
      return ['label-keys', encodeLabelKeys(answer.labelKeys), null]
    case 'hospitals':
      return ['hospitals', encodeDeviceHospitals(answer.hospitals), null]
  }
}

/**
 * `[1, [* [kind, …, …]]]`; an empty list says "taken, receipt to follow". Layout in answer.cddl.
 *
 * @throws {RangeError} above 64 answers or 1 MiB (some 2,000 receipts): send them in several messages
 */
export function encodeAnswers(answers: readonly Answer[]): Uint8Array {
  const bytes = encodeCbor([1, answers.map(fieldsOf)])
  if (answers.length > ANSWERS_LIMIT || bytes.length > ANSWER_LIMIT_BYTES)
    throw new RangeError(`${answers.length} answers in ${bytes.length} bytes`)
  return bytes
}

/** Checks form only; signatures are for whoever knows the hospital's keys. @throws {MalformedError} */
export function decodeAnswers(bytes: Uint8Array): readonly Answer[] {
  const fields = new FieldReader('answers', decodeCbor(bytes, 'answers', ANSWER_LIMIT_BYTES), 2)
  fields.constant(1)
  return fields.list(ANSWERS_LIMIT).map(readAnswer)
}

function readAnswer(value: unknown): Answer {
  const fields: FieldReader = new FieldReader('answer', value, 3)
  const kind = fields.text(16)
  switch (kind) {
    case 'receipts': {
      const anchor = readAnchor(fields.any())
      return { kind, anchor, proven: fields.list(LEAF_LIMIT).map(readProven) }
    }
    case 'refused': {
      const parts: FieldReader = new FieldReader('refusal', fields.any(), 4)
      const hospital = parts.address()
      const digest = parts.hex32()
      const text = parts.text(32)
      const reason = REFUSALS.find((name) => name === text)
      if (reason === undefined) parts.fail('unknown reason')
      fields.constant(null)
      return { kind, refusal: { hospital, digest, reason, signature: parts.bytes(SIGNATURE_BYTES) } }
    }
    case 'busy':
      return { kind, digest: fields.hex32(), delayMs: fields.uint(86_400_000) }
    case 'label-keys': {
      const labelKeys = decodeLabelKeys(fields.bytes(1, LABEL_KEYS_LIMIT_BYTES))
      fields.constant(null)
      return { kind, labelKeys }
    }
    case 'hospitals': {
      const hospitals = decodeDeviceHospitals(fields.bytes(1, DEVICE_HOSPITALS_LIMIT_BYTES))
      fields.constant(null)
      return { kind, hospitals }
    }
    default:
      return fields.fail('unknown kind')
  }
}
