import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import { type Address, fromHex, type Hex32, parseAddress, parseHex32, toHex } from '@hygeia/protocol/ids'
import { LEAF_LIMIT } from '@hygeia/protocol/merkle/limits'
import { numberBytes, readNumber } from '../store/keys.ts'
import type { AnchoredBatches } from './anchored.ts'

export const REPLICA_STATES = ['elsewhere', 'wanted', 'held', 'gone', 'lost', 'rejected'] as const
/**
 * What became of a manifest here: left to others, to be fetched, held whole, to be fetched again because what was held
 * is not on this disk any more, lost by who anchored it with nobody having it, or not to be believed.
 */
export type ReplicaState = (typeof REPLICA_STATES)[number]

export const isToFetch = (state: ReplicaState): boolean => state === 'wanted' || state === 'gone'

/** Which manifest: hospitals anchor the same root each for itself. */
export type ReplicaName = Pick<AnchoredBatches, 'root' | 'origin'>

/** One anchored manifest, and what became of it here. */
export interface ReplicaRecord extends AnchoredBatches {
  readonly state: ReplicaState
  /** What was wrong when it was last looked at; empty when nothing was. */
  readonly fault: string
}

/**
 * Keys of the replicas' book: one letter, then fields of fixed width, numbers big-endian.
 * A name is a root and the operator of the hospital that anchored it.
 *
 * | key | value |
 * |---|---|
 * | `m` name | replica record |
 * | `w` operator block name | – while it is to be fetched of what that hospital anchored |
 * | `f` name | – while something about it is wrong that its hospital has to answer for |
 * | `d` root, chunk | up to 64 digests of its batches, in leaf order |
 * | `l` digest of a batch | root that it was last held under, when no device brought it |
 * | `o` name | this hospital's own holding statement |
 * | `g` name | – when some of it was erased by others before it came |
 * | `h` name operator | another hospital's holding statement |
 * | `a` name | the anchoring hospital's signed anchor |
 * | `u` operator block name | 1 while that hospital is to be asked what it holds, 0 for its signed anchor |
 * | `z` name | cursor |
 */
export const CHUNK_DIGESTS = 64

const key = (letter: string, ...parts: readonly Uint8Array[]) =>
  Buffer.concat([Buffer.from(letter), ...parts])

const ROOT_BYTES = 32
const NAME_BYTES = 52
const OPERATOR_BYTES = 20
export const WANTED_KEY_BYTES = 1 + OPERATOR_BYTES + 8 + NAME_BYTES

const nameBytes = ({ root, origin }: ReplicaName) => Buffer.concat([fromHex(root), fromHex(origin)])

/** The same for the same manifest, as a key of maps. */
export const nameText = ({ root, origin }: ReplicaName): string => `${root} ${origin}`

export const recordKey = (name: ReplicaName) => key('m', nameBytes(name))
export const wantedKey = (anchored: ReplicaName & Pick<AnchoredBatches, 'blockNumber'>) =>
  key('w', fromHex(anchored.origin), numberBytes(anchored.blockNumber), nameBytes(anchored))
export const faultyKey = (name: ReplicaName) => key('f', nameBytes(name))
export const chunkKey = (root: Hex32, chunk: number) => key('d', fromHex(root), Buffer.from([chunk]))
export const leafKey = (digest: Uint8Array) => key('l', digest)
export const ownKey = (name: ReplicaName) => key('o', nameBytes(name))
export const reducedKey = (name: ReplicaName) => key('g', nameBytes(name))
export const holdingKey = (name: ReplicaName, hospital: Address) =>
  key('h', nameBytes(name), fromHex(hospital))
export const anchorKey = (name: ReplicaName) => key('a', nameBytes(name))
export const askKey = (hospital: Address, anchored: AnchoredBatches) =>
  key('u', fromHex(hospital), numberBytes(anchored.blockNumber), nameBytes(anchored))
export const cursorKey = (name: string) => key('z', Buffer.from(name))

/** The root in the key of a chunk of digests. */
export const rootInChunkKey = (bytes: Uint8Array) => bytes.subarray(1, 1 + ROOT_BYTES)

/** Keys of all records of a root, whoever anchored it. */
export const recordsUnder = (root: Hex32) => under('m', fromHex(root))
/** Keys of what other hospitals say to hold of a manifest. */
export const holdingsUnder = (name: ReplicaName) => under('h', nameBytes(name))

/** The operator at the beginning of a key, and the number of the block after it. */
export const operatorIn = (bytes: Uint8Array): Address =>
  parseAddress(toHex(bytes.subarray(1, 1 + OPERATOR_BYTES)))
export const blockIn = (bytes: Uint8Array): number => readNumber(bytes, 1 + OPERATOR_BYTES)

/** The name at the end of a key. */
export function nameIn(bytes: Uint8Array): ReplicaName {
  const name = bytes.subarray(bytes.length - NAME_BYTES)
  return {
    root: parseHex32(toHex(name.subarray(0, ROOT_BYTES))),
    origin: parseAddress(toHex(name.subarray(ROOT_BYTES))),
  }
}

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
