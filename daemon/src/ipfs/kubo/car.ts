import { encodeCbor } from '@hygeia/protocol/cbor'
import { CID_BYTES, cidOfDigest } from '@hygeia/protocol/sealed/cid'
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
