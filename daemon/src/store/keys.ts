import type { Address, Hex32, Incarnation } from '@hygeia/protocol/ids'

/**
 * Keys of the journal: one letter that says what it is, then fields of fixed width, numbers big-endian, so that
 * the order of keys is the order wanted.
 *
 * Batches are numbered from 1 as they arrive; an anchor is named by the arrival of its last batch. What another
 * hospital anchored is numbered from 2^52 + 1, apart from what this one is to anchor.
 *
 * | key | value |
 * |---|---|
 * | `b` arrival | sealed bytes, until they are trimmed |
 * | `r` arrival | batch record |
 * | `c` digest | arrival; one byte more once the batch is erased |
 * | `s` device incarnation sequence | digest, arrival |
 * | `p` device digest | digest of the batch that came after the one with this digest |
 * | `g` device digest | arrival of a batch whose predecessor, with this digest, has not come |
 * | `t` device label 0 from arrival | – |
 * | `a` last arrival | anchor record |
 * | `o` last arrival | – while the anchor is not final |
 * | `n` last arrival, chunk | nodes of the anchor's tree |
 * | `h` root | last arrival under the anchor of that root |
 * | `m` digest | digest of what replaces the manifest with this digest, some batches being erased; then those of what did before |
 * | `q` device digest | evidence of a fork |
 * | `d` device | what the device last told of itself |
 * | `z` name | cursor |
 */
const hex = (id: string) => Buffer.from(id.slice(2), 'hex')

function numbered(letter: string, arrival: number): Buffer {
  const key = Buffer.allocUnsafe(9)
  key[0] = letter.charCodeAt(0)
  writeNumber(key, arrival, 1)
  return key
}

/** 0 to 2^53−1, as eight bytes big-endian. */
export function writeNumber(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset)
  bytes.writeUInt32BE(value % 0x1_0000_0000, offset + 4)
}

export function numberBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  writeNumber(bytes, value, 0)
  return bytes
}

export function readNumber(bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return view.getUint32(offset) * 0x1_0000_0000 + view.getUint32(offset + 4)
}

function digested(letter: string, device: Address, digest: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(53)
  key[0] = letter.charCodeAt(0)
  key.write(device.slice(2), 1, 'hex')
  key.set(digest, 21)
  return key
}

/** Numbers above this are of batches that another hospital anchored. */
export const REPLICAS = 2 ** 52
export const isReplica = (arrival: number) => arrival > REPLICAS

export const bytesKey = (arrival: number) => numbered('b', arrival)
export const recordKey = (arrival: number) => numbered('r', arrival)
export const anchorKey = (last: number) => numbered('a', last)
export const openKey = (last: number) => numbered('o', last)

/** Arrival or last arrival in a key of one letter and one number. */
export const numberOf = (key: Uint8Array) => readNumber(key, 1)

export const rootKey = (root: Hex32) => Buffer.concat([Buffer.from('h'), hex(root)])

export function nodesKey(last: number, chunk: number): Buffer {
  const key = Buffer.allocUnsafe(11)
  key[0] = 0x6e
  writeNumber(key, last, 1)
  key.writeUInt16BE(chunk, 9)
  return key
}

export function digestKey(digest: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(33)
  key[0] = 0x63
  key.set(digest, 1)
  return key
}

export function replacementKey(manifest: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('m'), manifest])
}

export function sequenceKey(device: Address, incarnation: Incarnation, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(37)
  key[0] = 0x73
  key.write(device.slice(2), 1, 'hex')
  key.write(incarnation.slice(2), 21, 'hex')
  writeNumber(key, sequence, 29)
  return key
}

export const successorKey = (device: Address, digest: Uint8Array) => digested('p', device, digest)
export const gapKey = (device: Address, digest: Uint8Array) => digested('g', device, digest)
export const forkKey = (device: Address, digest: Uint8Array) => digested('q', device, digest)
export const deviceKey = (device: Address) => Buffer.concat([Buffer.from('d'), hex(device)])
export const cursorKey = (name: string) => Buffer.from(`z${name}`)

/** First and last key of everything that one device has under `letter`. */
export function deviceRange(letter: 'g' | 'q', device: Address) {
  const first = Buffer.concat([Buffer.from(letter), hex(device)])
  return { gte: first, lte: Buffer.concat([first, Buffer.alloc(33, 0xff)]) }
}

/** First key of everything under `letter`, and the one after its last. */
export function allOf(letter: 'g' | 'q') {
  return { gte: Buffer.from(letter), lt: Buffer.from([letter.charCodeAt(0) + 1]) }
}

/** Device in a key of `deviceRange`. */
export function deviceIn(key: Uint8Array): Address {
  return `0x${Buffer.from(key.subarray(1, 21)).toString('hex')}` as Address
}

/** Where the batches of a device begin in the index of time, of one label or of all. */
export function timePrefix(device: Address, label?: string): Buffer {
  const start = Buffer.concat([Buffer.from('t'), hex(device)])
  return label === undefined ? start : Buffer.concat([start, Buffer.from(`${label}\0`)])
}

export function timeKey(device: Address, label: string, from: number, arrival: number): Buffer {
  const key = Buffer.allocUnsafe(22 + label.length + 16)
  key[0] = 0x74
  key.write(device.slice(2), 1, 'hex')
  key.write(label, 21, 'latin1')
  key[21 + label.length] = 0
  writeNumber(key, from, 22 + label.length)
  writeNumber(key, arrival, 30 + label.length)
  return key
}

/** Start of the samples and arrival in a key of the index of time. */
export function readTimeKey(key: Uint8Array): { readonly from: number; readonly arrival: number } {
  return { from: readNumber(key, key.length - 16), arrival: readNumber(key, key.length - 8) }
}
