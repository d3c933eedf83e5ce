/*
 * Keys of the one database that holds a chain. Numbers are 8 bytes big-endian, so that a range of blocks is a
 * range of keys.
 *
 *   h number            header, RLP                      b number    transactions, RLP list as in a block
 *   r number            receipts (receipts.ts)           H hash      number of the block
 *   T hash              block number, index (4 bytes)    s node      state and storage trie nodes, code
 *   A address number    block has logs of this address   P position topic number   … with this topic there
 *   M name              head, genesis, format
 */

const HEADER = 0x68
const BODY = 0x62
const RECEIPTS = 0x72
const BLOCK_HASH = 0x48
const TX_HASH = 0x54
const STATE = 0x73
const LOG_ADDRESS = 0x41
const LOG_TOPIC = 0x50

export const HEAD_KEY = ascii('Mhead')
export const GENESIS_KEY = ascii('Mgenesis')
export const FORMAT_KEY = ascii('Mformat')

export function headerKey(number: number): Uint8Array {
  return numbered(HEADER, number)
}

export function bodyKey(number: number): Uint8Array {
  return numbered(BODY, number)
}

export function receiptsKey(number: number): Uint8Array {
  return numbered(RECEIPTS, number)
}

export function blockHashKey(hash: Uint8Array): Uint8Array {
  return prefixed(BLOCK_HASH, hash)
}

export function txHashKey(hash: Uint8Array): Uint8Array {
  return prefixed(TX_HASH, hash)
}

/** @param node - trie node key as EthereumJS names it, hex without 0x */
export function stateKey(node: string): Uint8Array {
  const key = Buffer.allocUnsafe(1 + node.length / 2)
  key[0] = STATE
  key.write(node, 1, 'hex')
  return key
}

/** Everything before the block number, for blocks with logs of `address`. */
export function logAddressPrefix(address: Uint8Array): Uint8Array {
  return prefixed(LOG_ADDRESS, address)
}

/** Everything before the block number, for blocks with a log that has `topic` at `position` (0 to 3). */
export function logTopicPrefix(position: number, topic: Uint8Array): Uint8Array {
  const key = new Uint8Array(2 + topic.length)
  key[0] = LOG_TOPIC
  key[1] = position
  key.set(topic, 2)
  return key
}

export function withNumber(prefix: Uint8Array, number: number): Uint8Array {
  const key = new Uint8Array(prefix.length + 8)
  key.set(prefix)
  new DataView(key.buffer).setBigUint64(prefix.length, BigInt(number))
  return key
}

/** The block number that the last 8 bytes of a key or value hold. */
export function numberAtEnd(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(bytes.length - 8))
}

export function numberBytes(number: number): Uint8Array {
  return withNumber(new Uint8Array(0), number)
}

/** @returns 12 bytes: number of the block, index in it */
export function txPlaceBytes(number: number, index: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(number))
  view.setUint32(8, index)
  return bytes
}

export function parseTxPlace(bytes: Uint8Array): { number: number; index: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return { number: Number(view.getBigUint64(0)), index: view.getUint32(8) }
}

function numbered(prefix: number, number: number): Uint8Array {
  return withNumber(Uint8Array.of(prefix), number)
}

function prefixed(prefix: number, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + rest.length)
  key[0] = prefix
  key.set(rest, 1)
  return key
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
