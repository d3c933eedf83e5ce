import { hash } from 'node:crypto'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { cidOfDigest } from '@hygeia/protocol/sealed/cid'
import { CID } from 'multiformats/cid'
import type { Block } from '../node.ts'

/** Some blocks, and a block that links to all of them: what pins them until a manifest does. */
export interface ListedBlocks {
  readonly list: Block
  readonly blocks: readonly Block[]
}

/** Most blocks in one list: it stays far below what Bitswap carries in one block. */
const LIST_LIMIT = 8_192

/** Blocks by as many as go under one list. */
export function* inLists(blocks: readonly Block[]): Generator<ListedBlocks> {
  for (let first = 0; first < blocks.length; first += LIST_LIMIT) {
    const some = blocks.slice(first, first + LIST_LIMIT)
    const bytes = encodeCbor(some.map(({ digest }) => CID.decode(cidOfDigest(digest))))
    yield { list: { bytes, digest: hash('sha256', bytes, 'buffer') }, blocks: some }
  }
}
