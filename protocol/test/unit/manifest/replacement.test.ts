import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { fromHex, toHex } from '../../../src/ids.ts'
import { decodeManifest } from '../../../src/manifest/manifest.ts'
import { decodeReplacement, leafHashesOf } from '../../../src/manifest/replacement.ts'
import { batchLeafHash } from '../../../src/merkle/leaf.ts'
import { merkleTree } from '../../../src/merkle/tree.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const fields = decode<unknown[]>(fromHex(documents['replacement manifest'].bytes))

t.test('whichever batches are erased, the root stays', async (t) => {
  const { leaves } = decodeManifest(fromHex(documents.manifest.bytes))
  const root = toHex(merkleTree(leaves.map(batchLeafHash)).root)
  for (let erased = 0; erased < 2 ** leaves.length; erased++) {
    const left = leaves.map((leaf, index) =>
      (erased & (1 << index)) === 0 ? leaf : { leafHash: batchLeafHash(leaf) },
    )
    t.equal(toHex(merkleTree(leafHashesOf({ leaves: left })).root), root)
  }
})

t.test('a replacement that says nothing sensible is refused', async (t) => {
  const wrong: Record<string, [index: number, value: unknown]> = {
    'another version': [0, 1],
    'a short digest': [2, new Uint8Array(31)],
    'no batch': [3, []],
    'a short leaf hash': [3, [new Uint8Array(31)]],
    'a leaf that is none': [3, ['leaf']],
  }
  for (const [name, [index, value]] of Object.entries(wrong)) {
    t.throws(() => decodeReplacement(encode(fields.with(index, value))), { code: 'MALFORMED' }, name)
  }
})
