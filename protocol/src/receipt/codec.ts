import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { BatchLeaf } from '../merkle/leaf.ts'
import { LEAF_LIMIT } from '../merkle/limits.ts'
import { PROOF_LIMIT } from '../merkle/proof.ts'
import { SIGNATURE_BYTES } from '../signature.ts'
import type { Receipt, SignedAnchor } from './receipt.ts'

/** Largest receipt. */
export const RECEIPT_LIMIT_BYTES = 4_096
const ANCHOR_FIELDS = 8
const PROVEN_FIELDS = 5

/** `[hospital, root, count, manifest, transaction, block number, block hash, signature]` */
export function anchorFields(anchor: SignedAnchor): unknown[] {
  return [
    rawOf(anchor.hospital),
    rawOf(anchor.root),
    anchor.count,
    rawOf(anchor.manifest),
    rawOf(anchor.transaction),
    anchor.blockNumber,
    rawOf(anchor.blockHash),
    anchor.signature,
  ]
}

/** @throws {MalformedError} */
export function readAnchor(value: unknown): SignedAnchor {
  const fields = new FieldReader('anchor', value, ANCHOR_FIELDS)
  return {
    hospital: fields.address(),
    root: fields.hex32(),
    count: fields.count(LEAF_LIMIT),
    manifest: fields.hex32(),
    transaction: fields.hex32(),
    blockNumber: fields.uint(),
    blockHash: fields.hex32(),
    signature: fields.bytes(SIGNATURE_BYTES),
  }
}

/** One batch under an anchor. */
export interface ProvenLeaf {
  readonly leaf: BatchLeaf
  readonly proof: readonly Uint8Array[]
}

/** `[device, incarnation, sequence, digest, [* node]]` */
export function provenFields({ leaf, proof }: ProvenLeaf): unknown[] {
  return [rawOf(leaf.device), rawOf(leaf.incarnation), leaf.sequence, leaf.digest, [...proof]]
}

/** @throws {MalformedError} */
export function readProven(value: unknown): ProvenLeaf {
  const fields = new FieldReader('leaf', value, PROVEN_FIELDS)
  const leaf: BatchLeaf = {
    device: fields.address(),
    incarnation: fields.incarnation(),
    sequence: fields.uint(),
    digest: fields.bytes(32),
  }
  const proof = fields.list(PROOF_LIMIT).map((node) => new FieldReader('proof', [node], 1).bytes(32))
  return { leaf, proof }
}

/** `[1, anchor, leaf]`; layout in receipt.cddl */
export function encodeReceipt({ anchor, leaf, proof }: Receipt): Uint8Array {
  return encodeCbor([1, anchorFields(anchor), provenFields({ leaf, proof })])
}

/** Checks form only. @throws {MalformedError} */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const fields = new FieldReader('receipt', decodeCbor(bytes, 'receipt', RECEIPT_LIMIT_BYTES), 3)
  fields.constant(1)
  return { anchor: readAnchor(fields.any()), ...readProven(fields.any()) }
}
