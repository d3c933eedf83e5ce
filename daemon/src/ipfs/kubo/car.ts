import { encodeCbor } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import { CID_BYTES, cidOfDigest, digestOfCid } from '@hygeia/protocol/sealed/cid'
import { CID } from 'multiformats/cid'
import type { Block } from '../node.ts'

/** Small blocks travel together: every piece costs the way down to the socket. */
const PIECE_BYTES = 256 * 1024

/**
 * Blocks as a CAR stream with one root, which comes first.
 *
 * @returns pieces of the stream, of any length
 * @see IPLD, "Specification: Content Addressable aRchives (CAR / .car) v1"
 */
export function* carOf(root: Block, blocks: readonly Block[]): Generator<Uint8Array<ArrayBuffer>> {
  const header = encodeCbor({ roots: [CID.decode(cidOfDigest(root.digest))], version: 1 })
  let piece = Buffer.alloc(PIECE_BYTES)
  let at = writeVarint(piece, 0, header.length)
  piece.set(header, at)
  at += header.length
  for (const { digest, bytes } of [root, ...blocks]) {
    const most = VARINT_BYTES + CID_BYTES + bytes.length
    if (at + most > piece.length) {
      yield piece.subarray(0, at)
      piece = Buffer.alloc(Math.max(PIECE_BYTES, most))
      at = 0
    }
    at = writeVarint(piece, at, CID_BYTES + bytes.length)
    piece.set(cidOfDigest(digest), at)
    piece.set(bytes, at + CID_BYTES)
    at += CID_BYTES + bytes.length
  }
  yield piece.subarray(0, at)
}

/**
 * Blocks of a CAR stream, in its order: those of a piece together, as soon as they are whole. Nobody has hashed them.
 *
 * @throws {MalformedError} at a block of another kind than DAG-CBOR with SHA-256, or one larger than any is exchanged
 */
export async function* blocksIn(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Block[]> {
  let rest = Buffer.alloc(0)
  let isPastHeader = false
  for await (const piece of pieces) {
    rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece])
    const blocks: Block[] = []
    for (let section = sectionOf(rest); section !== undefined; section = sectionOf(rest)) {
      const { from, to } = section
      if (isPastHeader) {
        const digest = digestOfCid(rest.subarray(from, Math.min(to, from + CID_BYTES)))
        blocks.push({ digest, bytes: rest.subarray(from + CID_BYTES, to) })
      }
      isPastHeader = true
      rest = rest.subarray(to)
    }
    if (blocks.length > 0) yield blocks
  }
}

/** Where the first section of `bytes` lies; undefined while it is not whole. */
function sectionOf(bytes: Buffer): { readonly from: number; readonly to: number } | undefined {
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    if (at === VARINT_BYTES) throw new MalformedError('CAR', 'a section too long')
    const byte = bytes[at] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte >= 0x80) continue
    if (length > SECTION_LIMIT_BYTES) throw new MalformedError('CAR', 'a section too long')
    const from = at + 1
    return from + length <= bytes.length ? { from, to: from + length } : undefined
  }
  return undefined
}

/** More than any block that Bitswap carries. */
const SECTION_LIMIT_BYTES = 4 * 1_048_576
/** Of a length below 2^28. */
const VARINT_BYTES = 4

/** Unsigned LEB128. @returns the offset after it */
function writeVarint(into: Buffer, at: number, value: number): number {
  while (value >= 0x80) {
    into[at++] = (value & 0x7f) | 0x80
    value >>>= 7
  }
  into[at++] = value
  return at
}
