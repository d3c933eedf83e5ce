import { CAPSULE_BYTES } from '@hygeia/protocol/sealed/codec'

/** Position of the capsule among the fields of a sealed batch; layout in sealed.cddl. */
const CAPSULE_FIELD = 10

/**
 * The capsule of a sealed batch, read at its place without decoding the rest.
 *
 * Only for blocks that were verified when they were stored: a physician asks for thousands at a time, and to
 * decode and check each of them again takes longer than to re-encrypt the few capsules that they share.
 *
 * @param block - a canonical sealed batch
 * @returns a copy of its 105 bytes
 */
export function capsuleIn(block: Uint8Array): Uint8Array {
  let at = 1
  for (let field = 0; field < CAPSULE_FIELD; field++) at = after(block, at)
  const start = at + 2
  if (block[at] !== 0x58 || block[at + 1] !== CAPSULE_BYTES || block.length < start + CAPSULE_BYTES) {
    throw new Error('a stored block without a capsule')
  }
  return block.slice(start, start + CAPSULE_BYTES)
}

/** Where the item after the one at `at` begins; items here are integers, strings of bytes or text, and simple values. */
function after(block: Uint8Array, at: number): number {
  const initial = block[at] ?? 0
  const [major, info] = [initial >> 5, initial & 0x1f]
  const size = info < 24 ? 0 : 1 << (info - 24)
  const isString = major === 2 || major === 3
  return at + 1 + size + (isString ? lengthAt(block, at + 1, size, info) : 0)
}

/** @see RFC 8949 §3 */
function lengthAt(block: Uint8Array, at: number, size: number, info: number): number {
  if (size === 0) return info
  let length = 0
  for (let index = 0; index < size; index++) length = length * 256 + (block[at + index] ?? 0)
  return length
}
