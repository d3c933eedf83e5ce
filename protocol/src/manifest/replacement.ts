import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Address, Hex32 } from '../ids.ts'
import { type BatchLeaf, batchLeafHash } from '../merkle/leaf.ts'
import { LEAF_LIMIT } from '../merkle/limits.ts'
import { leafEntry, MANIFEST_LIMIT_BYTES, readLeafEntry } from './manifest.ts'

/** A batch that is still held, or the 32-byte leaf hash of one that was erased: the root can be made of either. */
export type ReplacementLeaf = BatchLeaf | { readonly leafHash: Uint8Array }

/** What takes the place of a manifest when some of its batches are erased: it links to the others alone. */
export interface ReplacementManifest {
  readonly hospital: Address
  /** SHA-256 digest in the CID of the manifest that the chain names. */
  readonly replaces: Hex32
  /** As many as the anchor has, in its order. */
  readonly leaves: readonly ReplacementLeaf[]
}

/** `[2, hospital, replaces, [* leaf | leaf hash]]` in DAG-CBOR; layout in replacement.cddl */
export function encodeReplacement({ hospital, replaces, leaves }: ReplacementManifest): Uint8Array {
  return encodeCbor([
    2,
    rawOf(hospital),
    rawOf(replaces),
    leaves.map((leaf) => ('leafHash' in leaf ? leaf.leafHash : leafEntry(leaf))),
  ])
}

/** @throws {MalformedError} */
export function decodeReplacement(block: Uint8Array): ReplacementManifest {
  const value = decodeCbor(block, 'replacement manifest', MANIFEST_LIMIT_BYTES)
  const fields: FieldReader = new FieldReader('replacement manifest', value, 4)
  fields.constant(2)
  const hospital = fields.address()
  const replaces = fields.hex32()
  const entries = fields.list(LEAF_LIMIT)
  if (entries.length === 0) fields.fail('no batch')
  const leaves = entries.map((entry): ReplacementLeaf => {
    if (entry instanceof Uint8Array) {
      if (entry.length !== 32) fields.fail('not a leaf hash of 32 bytes')
      return { leafHash: entry }
    }
    return readLeafEntry(entry)
  })
  return { hospital, replaces, leaves }
}

/** What the anchor's tree is made of, erased or not. @returns 32 bytes each */
export function leafHashesOf({ leaves }: Pick<ReplacementManifest, 'leaves'>): readonly Uint8Array[] {
  return leaves.map((leaf) => ('leafHash' in leaf ? leaf.leafHash : batchLeafHash(leaf)))
}
