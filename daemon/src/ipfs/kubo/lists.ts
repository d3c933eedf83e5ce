import { hash } from 'node:crypto'
import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import { cidOfDigest, digestOfCid } from '@hygeia/protocol/sealed/cid'
import { CID } from 'multiformats/cid'
import { chunked } from '../linked.ts'
import type { Block } from '../node.ts'

/** Some blocks, and a block that links to all of them: what pins them until a manifest does. */
export interface ListedBlocks<T = Block> {
  readonly list: Block
  readonly blocks: readonly T[]
}

/** Most blocks in one list: it stays far below what Bitswap carries in one block. */
const LIST_LIMIT = 8_192
const LIST_LIMIT_BYTES = 64 * LIST_LIMIT

/** Blocks by as many as go under one list, or by `size`. */
export function* inLists<T extends Pick<Block, 'digest'>>(
  blocks: readonly T[],
  size = LIST_LIMIT,
): Generator<ListedBlocks<T>> {
  for (const some of chunked(blocks, size)) {
    const bytes = encodeCbor(some.map(({ digest }) => CID.decode(cidOfDigest(digest))))
    yield { list: { bytes, digest: hash('sha256', bytes, 'buffer') }, blocks: some }
  }
}

/** Digests that a list links to. @throws {MalformedError} when it is none */
export function listedIn(list: Uint8Array): readonly Uint8Array[] {
  const links = decodeCbor(list, 'list of blocks', LIST_LIMIT_BYTES)
  if (!Array.isArray(links)) throw new MalformedError('list of blocks', 'not an array')
  return links.map((link) => {
    const cid = CID.asCID(link)
    if (cid === null) throw new MalformedError('list of blocks', 'not a link')
    return digestOfCid(cid.bytes)
  })
}
