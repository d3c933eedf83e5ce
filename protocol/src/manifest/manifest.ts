import { CID } from 'multiformats/cid'
import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Address } from '../ids.ts'
import type { BatchLeaf } from '../merkle/leaf.ts'
import { LEAF_LIMIT } from '../merkle/limits.ts'
import { cidOfDigest, digestOfCid } from '../sealed/cid.ts'

/** Largest manifest: below what Bitswap carries in one block. */
export const MANIFEST_LIMIT_BYTES = 1_048_576

/** What one anchor holds, in leaf order. Links to the batches, so that pinning it keeps them. */
export interface Manifest {
  readonly hospital: Address
  readonly leaves: readonly BatchLeaf[]
}

/** `[1, hospital, [* [device, incarnation, sequence, link]]]` in DAG-CBOR; layout in manifest.cddl */
export function encodeManifest({ hospital, leaves }: Manifest): Uint8Array {
  return encodeCbor([1, rawOf(hospital), leaves.map(leafEntry)])
}

/** A leaf as manifests have it, linking to its batch. */
export function leafEntry({ device, incarnation, sequence, digest }: BatchLeaf): readonly unknown[] {
  return [rawOf(device), rawOf(incarnation), sequence, CID.decode(cidOfDigest(digest))]
}

/** @throws {MalformedError} */
export function readLeafEntry(entry: unknown): BatchLeaf {
  const parts: FieldReader = new FieldReader('manifest entry', entry, 4)
  const device = parts.address()
  const incarnation = parts.incarnation()
  const sequence = parts.uint()
  const link = CID.asCID(parts.any())
  if (link === null) parts.fail('not a link')
  return { device, incarnation, sequence, digest: digestOfCid(link.bytes) }
}

/** @throws {MalformedError} */
export function decodeManifest(block: Uint8Array): Manifest {
  const fields: FieldReader = new FieldReader(
    'manifest',
    decodeCbor(block, 'manifest', MANIFEST_LIMIT_BYTES),
    3,
  )
  fields.constant(1)
  const hospital = fields.address()
  const entries = fields.list(LEAF_LIMIT)
  if (entries.length === 0) fields.fail('no batch')
  return { hospital, leaves: entries.map(readLeafEntry) }
}
