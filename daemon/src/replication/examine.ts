import { hash } from 'node:crypto'
import { sameBytes } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import { fromHex } from '@hygeia/protocol/ids'
import { leafHashesOf } from '@hygeia/protocol/manifest/replacement'
import { decodeStanding, type StandingManifest } from '@hygeia/protocol/manifest/standing'
import type { BatchLeaf } from '@hygeia/protocol/merkle/leaf'
import { treeNodes } from '../anchor/tree.ts'
import type { AnchoredBatches } from './anchored.ts'

/** What shows, beyond doubt and to everybody, that a hospital anchored something that is not so. */
export type ManifestLie =
  /** The block with the anchored digest is no manifest. */
  | 'MANIFEST_MALFORMED'
  /** It names another hospital than the one that anchored it. */
  | 'MANIFEST_OF_ANOTHER'
  /** It names more or fewer batches than the anchor counts. */
  | 'MANIFEST_COUNT'
  /** Its batches have another Merkle root than the anchored one. */
  | 'MANIFEST_ROOT'

/** What shows the same of one batch. */
export type BatchLie =
  /** The block with the digest is no sealed batch. */
  | 'BATCH_MALFORMED'
  /** It is of another device, incarnation or sequence than the manifest says. */
  | 'BATCH_OF_ANOTHER_PLACE'
  /** Its device did not sign it, or nobody knows the device. */
  | 'BATCH_NOT_GENUINE'

/**
 * Recompute everything that the anchor claims of its manifest.
 *
 * @param block - bytes with the anchored digest, or what is said to replace them: of that, a lie is not who anchored's
 */
export async function examineManifest(
  block: Uint8Array,
  { root, origin, count, manifest: anchored }: AnchoredBatches,
): Promise<{ readonly manifest: StandingManifest } | { readonly lie: ManifestLie }> {
  const manifest = decoded(block)
  // No block can replace the one that it is.
  if (manifest === undefined || (manifest.replaces ?? anchored) !== anchored) {
    return { lie: 'MANIFEST_MALFORMED' }
  }
  if (manifest.hospital !== origin) return { lie: 'MANIFEST_OF_ANOTHER' }
  if (manifest.leaves.length !== count) return { lie: 'MANIFEST_COUNT' }
  const nodes = await treeNodes(leafHashesOf(manifest))
  if (!sameBytes(nodes.subarray(0, 32), fromHex(root))) return { lie: 'MANIFEST_ROOT' }
  return { manifest }
}

/** Whether a block is the one that a CID stands for. */
export function isBlockOf(digest: Uint8Array, block: Uint8Array): boolean {
  return sameBytes(hash('sha256', block, 'buffer'), digest)
}

/** Whether a batch is what its manifest says. */
export function isBatchOf(leaf: BatchLeaf, batch: Omit<BatchLeaf, 'digest'>): boolean {
  const { device, incarnation, sequence } = batch
  return leaf.device === device && leaf.incarnation === incarnation && leaf.sequence === sequence
}

function decoded(block: Uint8Array): StandingManifest | undefined {
  try {
    return decodeStanding(block)
  } catch (cause) {
    if (cause instanceof MalformedError) return undefined
    throw cause
  }
}
