import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import { type Address, type Hex32, toHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/**
 * What happened: `opened` and `refused` are answers to requests, `granted` and `revoked` changes of a grant.
 * `emergency` is whatever was done to break the glass: asked for, opened, or batches opened under it. `erased` is
 * what the patient had deleted.
 */
export const AUDIT_EVENTS = ['opened', 'refused', 'granted', 'revoked', 'emergency', 'erased'] as const
export type AuditEvent = (typeof AUDIT_EVENTS)[number]

/** One line of a hospital's audit log; shown to the patient whom it is about. */
export interface AuditEntry {
  readonly hospital: Address
  /** Position in the hospital's log, from 0, without gaps. */
  readonly index: number
  readonly at: UnixMs
  readonly event: AuditEvent
  readonly patient: Address
  readonly physician: Address
  readonly grant: Hex32
  /** Digest of the signed request; zeros when there was none. */
  readonly request: Hex32
  /** How many batches were asked for, or erased. */
  readonly batches: number
  /** Why it was refused, or what the emergency is; empty otherwise. */
  readonly reason: string
  /** Random: keeps the leaf on chain from being guessed. */
  readonly salt: Hex32
}

/** Canonical DAG-CBOR array of the fields in order; layout in entry.cddl. */
export function encodeAuditEntry(entry: AuditEntry): Uint8Array {
  return encodeCbor([
    1,
    rawOf(entry.hospital),
    entry.index,
    entry.at,
    entry.event,
    rawOf(entry.patient),
    rawOf(entry.physician),
    rawOf(entry.grant),
    rawOf(entry.request),
    entry.batches,
    entry.reason,
    rawOf(entry.salt),
  ])
}

/** Largest entry. */
export const AUDIT_ENTRY_LIMIT_BYTES = 1_024

/** @throws {MalformedError} */
export function decodeAuditEntry(bytes: Uint8Array): AuditEntry {
  const fields: FieldReader = new FieldReader(
    'audit entry',
    decodeCbor(bytes, 'audit entry', AUDIT_ENTRY_LIMIT_BYTES),
    12,
  )
  fields.constant(1)
  const hospital = fields.address()
  const index = fields.uint()
  const at = fields.instant()
  const name = fields.text(16)
  const event = AUDIT_EVENTS.find((known) => known === name)
  if (event === undefined) fields.fail('unknown event')
  return {
    hospital,
    index,
    at,
    event,
    patient: fields.address(),
    physician: fields.address(),
    grant: fields.hex32(),
    request: fields.hex32(),
    batches: fields.uint(),
    reason: fields.text(64),
    salt: fields.hex32(),
  }
}

/** Merkle leaf of an entry: keccak256 twice over its bytes, as OpenZeppelin's trees do. @returns 32 bytes */
export function auditLeafHash(entry: AuditEntry): Uint8Array {
  return keccak256(keccak256(encodeAuditEntry(entry)))
}

const AUDIT_STATEMENT = statement<object>('AuditStatement', 'address hospital,bytes32 leaf')

function digest(realm: Realm, entry: AuditEntry): Uint8Array {
  return digestOf(realm, AUDIT_STATEMENT, { hospital: entry.hospital, leaf: toHex(auditLeafHash(entry)) })
}

/** The hospital's receipt key vouches for the entry before it answers. @returns 64 bytes */
export function signAuditEntry(realm: Realm, entry: AuditEntry, signer: Signer): Uint8Array {
  return signer.sign(digest(realm, entry))
}

export function auditSigner(
  realm: Realm,
  entry: AuditEntry,
  signature: Uint8Array,
  recover: Recover,
): Address {
  return recover(digest(realm, entry), signature)
}
