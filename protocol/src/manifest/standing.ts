import type { Address, Hex32 } from '../ids.ts'
import { type BatchLeaf, batchLeafHash } from '../merkle/leaf.ts'
import { decodeManifest } from './manifest.ts'
import { decodeReplacement, encodeReplacement, type ReplacementLeaf } from './replacement.ts'

/** What stands for an anchor: its manifest or, once something of it is erased, what took that one's place. */
export interface StandingManifest {
  readonly hospital: Address
  /** SHA-256 digest in the CID of the manifest that the chain names; undefined when this is that one. */
  readonly replaces: Hex32 | undefined
  /** As many as the anchor has, in its order. */
  readonly leaves: readonly ReplacementLeaf[]
}

/** Second byte of a replacement: the version, which is the first item of an array of four. */
const REPLACEMENT_VERSION = 2

/** Decode a manifest, or a replacement. @throws {MalformedError} when it is neither */
export function decodeStanding(block: Uint8Array): StandingManifest {
  return block[1] === REPLACEMENT_VERSION
    ? decodeReplacement(block)
    : { ...decodeManifest(block), replaces: undefined }
}

/**
 * The block that takes the place of a manifest once more of its batches are erased: the same bytes wherever it is made.
 *
 * @param manifest - SHA-256 digest in the CID of the manifest that the chain names
 * @param isErased - asked for each batch that `standing` links to
 */
export function withoutErased(
  { hospital, leaves }: StandingManifest,
  manifest: Hex32,
  isErased: (leaf: BatchLeaf) => boolean,
): Uint8Array {
  return encodeReplacement({
    hospital,
    replaces: manifest,
    leaves: leaves.map((leaf) =>
      'leafHash' in leaf || !isErased(leaf) ? leaf : { leafHash: batchLeafHash(leaf) },
    ),
  })
}

/** Digests of the batches that are linked to, in leaf order. */
export function linksOf({ leaves }: Pick<StandingManifest, 'leaves'>): readonly Uint8Array[] {
  return leaves.flatMap((leaf) => ('leafHash' in leaf ? [] : [leaf.digest]))
}
