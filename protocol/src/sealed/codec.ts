import { PADDING_BYTES } from '../batch/codec.ts'
import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import { LABEL_LIMIT, type Label, parseLabel } from '../label.ts'
import { SIGNATURE_BYTES } from '../signature.ts'
import { CID_BYTES, digestOfCid } from './cid.ts'
import { PRIORITIES, type SealedBatch, type SealedHeader } from './header.ts'

/** Largest sealed batch: 64 KiB. */
export const SEALED_LIMIT_BYTES = 65_536
export const CAPSULE_BYTES = 105
export const WRAPPED_KEY_BYTES = 72
const HEADER_FIELDS = 12

function headerFields(header: SealedHeader): unknown[] {
  return [
    1,
    rawOf(header.device),
    header.label,
    rawOf(header.incarnation),
    header.sequence,
    header.prev ?? null,
    header.from,
    header.to - header.from,
    header.isDated,
    PRIORITIES.indexOf(header.priority),
    header.capsule,
    header.wrappedKey,
  ]
}

/** The canonical block without ciphertext and signature: what the AEAD authenticates and the device signs. */
export function associatedData(header: SealedHeader): Uint8Array {
  return encodeCbor(headerFields(header))
}

/** The whole block, as it is sent, stored and addressed; layout in sealed.cddl. */
export function encodeSealed(batch: SealedBatch): Uint8Array {
  return encodeCbor([...headerFields(batch), batch.ciphertext, batch.signature])
}

/**
 * Take a sealed batch apart. Checks form only: neither signature nor label key.
 *
 * @param block - at most 64 KiB
 * @throws {MalformedError} for every other encoding than the canonical one
 */
export function decodeSealed(block: Uint8Array): SealedBatch {
  const value = decodeCbor(block, 'sealed batch', SEALED_LIMIT_BYTES)
  const fields: FieldReader = new FieldReader('sealed batch', value, HEADER_FIELDS + 2)
  fields.constant(1)
  const device = fields.address()
  const label = fields.text(LABEL_LIMIT) as Label
  parseLabel(label)
  const incarnation = fields.incarnation()
  const sequence = fields.uint()
  const prev = fields.orNull((reader) => reader.bytes(CID_BYTES))
  if (prev !== undefined) digestOfCid(prev)
  const from = fields.instant()
  const to = fields.instantSince(from)
  const isDated = fields.flag()
  const priority = PRIORITIES[fields.uint()]
  if (priority === undefined) fields.fail('unknown priority')
  const capsule = fields.bytes(CAPSULE_BYTES)
  const wrappedKey = fields.bytes(WRAPPED_KEY_BYTES)
  const ciphertext = fields.bytes(PADDING_BYTES, SEALED_LIMIT_BYTES)
  if (ciphertext.length % PADDING_BYTES !== 0) fields.fail(`not a multiple of ${PADDING_BYTES} bytes`)
  const signature = fields.bytes(SIGNATURE_BYTES)
  return {
    device,
    label,
    incarnation,
    sequence,
    prev,
    from,
    to,
    isDated,
    priority,
    capsule,
    wrappedKey,
    ciphertext,
    signature,
  }
}
