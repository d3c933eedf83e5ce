import type { Common } from '@ethereumjs/common'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { KECCAK256_RLP, MapDB } from '@ethereumjs/util'

/** Root of the trie that maps RLP(index) to each item: a block's transactions or receipts. */
export async function orderedRoot(items: readonly Uint8Array[], common: Common): Promise<Uint8Array> {
  if (items.length === 0) return KECCAK256_RLP
  const trie = new MerklePatriciaTrie({ common, db: new MapDB() })
  for (const [index, item] of items.entries()) await trie.put(RLP.encode(index), item)
  return trie.root()
}
