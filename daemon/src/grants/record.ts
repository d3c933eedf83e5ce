import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import { decodeGrant, GRANT_LIMIT_BYTES } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { fromHex, type Hex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { SIGNATURE_BYTES } from '@hygeia/protocol/signature'
import type { GrantConsent } from '@hygeia/protocol/typed-data/chain'
import type { EventPlace } from './on-chain.ts'

/** The patient's word for the chain. */
export interface SignedConsent {
  readonly message: GrantConsent
  /** 64 bytes. */
  readonly signature: Hex
}

const STATES = ['pending', 'active', 'revoked'] as const
/** `pending` until the chain holds the consent. */
export type RecordState = (typeof STATES)[number]

/** What is kept of a grant, apart from its fragments. */
export interface GrantRecord {
  readonly hash: Hex32
  readonly bytes: Uint8Array
  readonly grant: Grant
  readonly consent: SignedConsent
  readonly state: RecordState
  /** Where the chain holds the consent; undefined while pending. */
  readonly place: EventPlace | undefined
}

export function encodeRecord({ bytes, consent, state, place }: GrantRecord): Uint8Array {
  const { accessEnd, nonce, deadline } = consent.message
  return encodeCbor([
    1,
    bytes,
    accessEnd,
    fromHex(`0x${nonce.toString(16).padStart(64, '0')}`),
    deadline,
    fromHex(consent.signature),
    STATES.indexOf(state),
    place === undefined ? null : [rawOf(place.transaction), place.blockNumber],
  ])
}

export function decodeRecord(value: Uint8Array): GrantRecord {
  const fields = new FieldReader(
    'grant record',
    decodeCbor(value, 'grant record', GRANT_LIMIT_BYTES + 512),
    8,
  )
  fields.constant(1)
  const bytes = fields.bytes(0, GRANT_LIMIT_BYTES)
  const grant = decodeGrant(bytes)
  const hash = grantHash(grant)
  const accessEnd = fields.uint()
  const nonce = BigInt(toHex(fields.bytes(32)))
  const deadline = fields.uint()
  const signature = toHex(fields.bytes(SIGNATURE_BYTES))
  const state = STATES[fields.uint(STATES.length - 1)] ?? 'pending'
  const place = fields.orNull((reader): EventPlace => {
    const parts = new FieldReader('place', reader.any(), 2)
    return { transaction: parts.hex32(), blockNumber: parts.uint() }
  })
  const message = { patient: grant.patient, grant: hash, accessEnd, nonce, deadline }
  return { hash, bytes, grant, consent: { message, signature }, state, place }
}
