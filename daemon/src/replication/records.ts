import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { LEAF_LIMIT } from '@hygeia/protocol/merkle/limits'
import { writeNumber } from '../store/keys.ts'
import type { AnchoredBatches } from './anchored.ts'

export const REPLICA_STATES = ['elsewhere', 'wanted', 'held', 'rejected'] as const
/**
 * What became of a manifest here: left to others, to be fetched, held whole, or not to be believed.
 */
export type ReplicaState = (typeof REPLICA_STATES)[number]

/** One anchored manifest, and what became of it here. */
export interface ReplicaRecord extends AnchoredBatches {
  readonly state: ReplicaState
  /** What was wrong when it was last looked at; empty when nothing was. */
  readonly fault: string
}

/**
 * Keys of the replicas' book: one letter, then fields of fixed width, numbers big-endian.
 *
 * | key | value |
 * |---|---|
 * | `m` root | replica record |
 * | `w` block root | – while it is to be fetched |
 * | `f` root | – while something about it is wrong that its hospital has to answer for |
 * | `d` root, chunk | up to 64 digests of its batches, in leaf order |
 * | `l` digest of a batch | root that it was indexed under |
 * | `o` root | this hospital's own holding statement |
 * | `h` root operator | another hospital's holding statement |
 * | `a` root | the anchoring hospital's signed anchor |
 * | `u` operator block root | 1 while that hospital is to be asked what it holds, 0 for its signed anchor |
 * | `z` name | cursor |
 */
export const CHUNK_DIGESTS = 64

const key = (letter: string, ...parts: readonly Uint8Array[]) =>
  Buffer.concat([Buffer.from(letter), ...parts])

export function numberBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  writeNumber(bytes, value, 0)
  return bytes
}

export const recordKey = (root: Hex32) => key('m', fromHex(root))
export const wantedKey = ({ blockNumber, root }: AnchoredBatches) =>
  key('w', numberBytes(blockNumber), fromHex(root))
export const faultyKey = (root: Hex32) => key('f', fromHex(root))
export const chunkKey = (root: Hex32, chunk: number) => key('d', fromHex(root), Buffer.from([chunk]))
export const leafKey = (digest: Uint8Array) => key('l', digest)
export const ownKey = (root: Hex32) => key('o', fromHex(root))
export const holdingKey = (root: Hex32, hospital: Address) => key('h', fromHex(root), fromHex(hospital))
export const anchorKey = (root: Hex32) => key('a', fromHex(root))
export const askKey = (hospital: Address, { blockNumber, root }: AnchoredBatches) =>
  key('u', fromHex(hospital), numberBytes(blockNumber), fromHex(root))
export const cursorKey = (name: string) => key('z', Buffer.from(name))

/** Root at the end of a key. */
export const rootIn = (bytes: Uint8Array) => toHex(bytes.subarray(bytes.length - 32)) as string as Hex32

/** Every key that begins with `prefix`. */
export function under(letter: string, ...parts: readonly Uint8Array[]) {
  const prefix = key(letter, ...parts)
  return { gte: prefix, lt: Buffer.concat([prefix, Buffer.alloc(64, 0xff)]) }
}

export function encodeRecord(record: ReplicaRecord): Uint8Array {
  return encodeCbor([
    1,
    rawOf(record.root),
    rawOf(record.origin),
    record.count,
    rawOf(record.manifest),
    rawOf(record.transaction),
    record.blockNumber,
    rawOf(record.blockHash),
    record.state,
    record.fault,
  ])
}

/** @throws {MalformedError} when it is no record of this version */
export function decodeRecord(bytes: Uint8Array): ReplicaRecord {
  const fields: FieldReader = new FieldReader('replica', decodeCbor(bytes, 'replica', 1_024), 10)
  fields.constant(1)
  const anchored: AnchoredBatches = {
    root: fields.hex32(),
    origin: fields.address(),
    count: fields.count(LEAF_LIMIT),
    manifest: fields.hex32(),
    transaction: fields.hex32(),
    blockNumber: fields.uint(),
    blockHash: fields.hex32(),
  }
  const text = fields.text(16)
  const state = REPLICA_STATES.find((known) => known === text)
  if (state === undefined) fields.fail('unknown state')
  return { ...anchored, state, fault: fields.text(64) }
}
