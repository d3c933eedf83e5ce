import { code as DAG_CBOR } from '@ipld/dag-cbor'
import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { MalformedError } from '../errors.ts'

/** Bytes of a CIDv1 of dag-cbor and sha2-256. */
export const CID_BYTES = 36
const SHA2_256 = 0x12
const PREFIX = Uint8Array.of(1, DAG_CBOR, SHA2_256, 32)

/** CID of a DAG-CBOR block, as its 36 bytes. */
export function cidOf(block: Uint8Array): Uint8Array {
  return cidOfDigest(sha256(block))
}

/** @param digest - SHA-256, 32 bytes @returns 36 bytes */
export function cidOfDigest(digest: Uint8Array): Uint8Array {
  const cid = new Uint8Array(CID_BYTES)
  cid.set(PREFIX)
  cid.set(digest, PREFIX.length)
  return cid
}

/** SHA-256 digest in a CID. @param cid - 36 bytes @throws {MalformedError} for another kind of CID */
export function digestOfCid(cid: Uint8Array): Uint8Array {
  if (cid.length !== CID_BYTES || PREFIX.some((byte, index) => cid[index] !== byte)) {
    throw new MalformedError('CID', 'not CIDv1 of dag-cbor and sha2-256')
  }
  return cid.subarray(PREFIX.length)
}

/** `bafy…`, as IPFS tools write it. */
export function formatCid(cid: Uint8Array): string {
  return CID.createV1(DAG_CBOR, create(SHA2_256, digestOfCid(cid))).toString()
}

/** @returns 36 bytes @throws {MalformedError} for another kind of CID, or another way to write it than base32 */
export function parseCid(text: string): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = CID.parse(text).bytes
  } catch (cause) {
    throw new MalformedError('CID', 'not a CID', { cause })
  }
  if (formatCid(bytes) !== text) throw new MalformedError('CID', 'not in base32')
  return bytes
}
