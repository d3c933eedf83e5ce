import { AUDIT_ENTRY_LIMIT_BYTES, decodeAuditEntry, encodeAuditEntry } from '../audit/entry.ts'
import { decodeCbor, encodeCbor } from '../cbor.ts'
import { HEADER_LIMIT_BYTES } from '../clique/header.ts'
import { MalformedError } from '../errors.ts'
import { FieldReader, rawOf } from '../fields.ts'
import { toHex } from '../ids.ts'
import { LEAF_LIMIT } from '../merkle/limits.ts'
import { PROOF_LIMIT } from '../merkle/proof.ts'
import { decodeReceipt, encodeReceipt, RECEIPT_LIMIT_BYTES } from '../receipt/codec.ts'
import { SEALED_LIMIT_BYTES } from '../sealed/codec.ts'
import { SIGNATURE_BYTES } from '../signature.ts'
import type { Realm } from '../typed-data/domain.ts'
import {
  type AuditAnchor,
  CODE_LIMIT_BYTES,
  NODE_LIMIT,
  NODE_LIMIT_BYTES,
  OFFLINE_PROOF_LIMIT_BYTES,
  type OfflineProof,
  PROOF_HEADER_LIMIT,
  type ProvenAudit,
  type ProvenBatch,
  type ProvenRecord,
  RECORD_LIMIT,
  RUN_LIMIT,
} from './offline-proof.ts'

const NAME = 'hygeia-offline-proof'

/** Layout in offline-proof.cddl. */
export function encodeOfflineProof(proof: OfflineProof): Uint8Array {
  const { realm, anchor, records, epoch, block, runs, directoryCode, anchorCode, nodes } = proof
  return encodeCbor([
    NAME,
    1,
    [realm.chainId, rawOf(realm.directory), rawOf(realm.genesis)],
    rawOf(anchor),
    records.map(recordFields),
    epoch,
    block,
    runs.map((run) => [...run]),
    directoryCode,
    anchorCode,
    [...nodes],
  ])
}

/** Checks form and bounds only. @throws {MalformedError} naming the field at fault */
export function decodeOfflineProof(bytes: Uint8Array): OfflineProof {
  const what = 'offline proof'
  const fields: FieldReader = new FieldReader(what, decodeCbor(bytes, what, OFFLINE_PROOF_LIMIT_BYTES), 11)
  fields.constant(NAME)
  fields.constant(1)
  const realm = readRealm(fields.any())
  const anchor = fields.address()
  const records = some(fields, RECORD_LIMIT).map(readRecord)
  const epoch = fields.count(Number.MAX_SAFE_INTEGER)
  const block = fields.uint()
  const runs = some(fields, RUN_LIMIT).map((run) => {
    const headers = some(new FieldReader('run', [run], 1), PROOF_HEADER_LIMIT)
    return headers.map((header) => new FieldReader('header', [header], 1).bytes(1, HEADER_LIMIT_BYTES))
  })
  const count = runs.reduce((sum, run) => sum + run.length, 0)
  if (count > PROOF_HEADER_LIMIT) fields.fail(`${count} headers, at most ${PROOF_HEADER_LIMIT}`)
  const directoryCode = fields.bytes(1, CODE_LIMIT_BYTES)
  const anchorCode = fields.bytes(1, CODE_LIMIT_BYTES)
  const nodes = some(fields, NODE_LIMIT).map((node) =>
    new FieldReader('trie node', [node], 1).bytes(1, NODE_LIMIT_BYTES),
  )
  const texts = nodes.map(toHex)
  if (texts.some((node, index) => index > 0 && node <= String(texts[index - 1]))) {
    fields.fail('the nodes do not ascend')
  }
  return { realm, anchor, records, epoch, block, runs, directoryCode, anchorCode, nodes }
}

/** Whether a file begins like one: to tell it from a record without reading all of it. */
export function isOfflineProof(bytes: Uint8Array): boolean {
  // An array of 11, then the name.
  const start = Uint8Array.of(0x8b, 0x60 + NAME.length, ...new TextEncoder().encode(NAME))
  return start.every((byte, index) => bytes[index] === byte)
}

function readRealm(value: unknown): Realm {
  const fields = new FieldReader('realm', value, 3)
  return {
    chainId: fields.count(Number.MAX_SAFE_INTEGER),
    directory: fields.address(),
    genesis: fields.hex32(),
  }
}

function recordFields(record: ProvenRecord): unknown[] {
  if (record.kind === 'batch') return ['batch', encodeReceipt(record.receipt), record.block ?? null]
  const { root, count, transaction, blockNumber, proof } = record.anchor
  const anchor = [rawOf(root), count, rawOf(transaction), blockNumber, [...proof]]
  return ['audit', encodeAuditEntry(record.entry), record.signature, anchor]
}

function readRecord(value: unknown): ProvenRecord {
  return Array.isArray(value) && value[0] === 'audit' ? readAudit(value) : readBatch(value)
}

function readBatch(value: unknown): ProvenBatch {
  const fields = new FieldReader('batch record', value, 3)
  fields.constant('batch')
  return {
    kind: 'batch',
    receipt: decodeReceipt(fields.bytes(1, RECEIPT_LIMIT_BYTES)),
    block: fields.orNull((reader) => reader.bytes(1, SEALED_LIMIT_BYTES)),
  }
}

function readAudit(value: unknown): ProvenAudit {
  const fields = new FieldReader('audit record', value, 4)
  fields.constant('audit')
  return {
    kind: 'audit',
    entry: decodeAuditEntry(fields.bytes(1, AUDIT_ENTRY_LIMIT_BYTES)),
    signature: fields.bytes(SIGNATURE_BYTES),
    anchor: readAuditAnchor(fields.any()),
  }
}

function readAuditAnchor(value: unknown): AuditAnchor {
  const fields = new FieldReader('audit anchor', value, 5)
  return {
    root: fields.hex32(),
    count: fields.count(LEAF_LIMIT),
    transaction: fields.hex32(),
    blockNumber: fields.uint(),
    proof: fields.list(PROOF_LIMIT).map((node) => new FieldReader('proof', [node], 1).bytes(32)),
  }
}

function some(fields: FieldReader, limit: number): readonly unknown[] {
  const list = fields.list(limit)
  if (list.length === 0) throw new MalformedError('offline proof', 'a list is empty')
  return list
}
