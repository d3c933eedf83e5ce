import { badParam } from '../../json-rpc/fault.ts'
import { isObject } from '../../json-rpc/is-object.ts'

export type Params = readonly unknown[]

/** How a caller names a block. @see EIP-1898 */
export type BlockName =
  | { readonly number: number }
  | { readonly hash: Uint8Array }
  | { readonly tag: BlockTag }
export type BlockTag = 'earliest' | 'latest' | 'pending' | 'safe' | 'finalized'

const TAGS: readonly unknown[] = ['earliest', 'latest', 'pending', 'safe', 'finalized']

/** @param size - exact length in bytes, when there is one */
export function bytesAt(params: Params, index: number, size?: number): Uint8Array {
  return toBytes(params[index], index, size)
}

export function toBytes(value: unknown, index: number, size?: number): Uint8Array {
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(value)) throw badParam(index, 'not hex data')
  const bytes = Uint8Array.from(Buffer.from(value.slice(2), 'hex'))
  if (size !== undefined && bytes.length !== size) throw badParam(index, `hex data has not ${size} bytes`)
  return bytes
}

export function addressAt(params: Params, index: number): Uint8Array {
  return bytesAt(params, index, 20)
}

export function hashAt(params: Params, index: number): Uint8Array {
  return bytesAt(params, index, 32)
}

export function toQuantity(value: unknown, index: number): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value))
    throw badParam(index, 'not a hex quantity')
  return BigInt(value)
}

/** A storage slot, as data of 32 bytes or as a quantity, which some callers send. */
export function toSlot(value: unknown, index: number): Uint8Array {
  const digits = typeof value === 'string' ? /^0x([0-9a-fA-F]{1,64})$/.exec(value)?.[1] : undefined
  if (digits === undefined) throw badParam(index, 'not a storage slot')
  return Uint8Array.from(Buffer.from(digits.padStart(64, '0'), 'hex'))
}

export function blockNameAt(params: Params, index: number): BlockName {
  return toBlockName(params[index] ?? 'latest', index)
}

export function toBlockName(value: unknown, index: number): BlockName {
  if (isTag(value)) return { tag: value }
  if (isObject(value)) {
    if (value.blockHash !== undefined) return { hash: toBytes(value.blockHash, index, 32) }
    if (value.blockNumber !== undefined) return toBlockName(value.blockNumber, index)
  }
  const number = toQuantity(value, index)
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw badParam(index, 'block number too large')
  return { number: Number(number) }
}

function isTag(value: unknown): value is BlockTag {
  return TAGS.includes(value)
}
