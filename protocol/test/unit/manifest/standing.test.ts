import t from 'tap'
import { sameBytes } from '../../../src/cbor.ts'
import { fromHex, type Hex32, toHex } from '../../../src/ids.ts'
import { decodeManifest } from '../../../src/manifest/manifest.ts'
import { leafHashesOf } from '../../../src/manifest/replacement.ts'
import { decodeStanding, linksOf, withoutErased } from '../../../src/manifest/standing.ts'
import { type BatchLeaf, batchLeafHash } from '../../../src/merkle/leaf.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const block = fromHex(documents.manifest.bytes)
const manifest = toHex(new Uint8Array(32).fill(3)) as string as Hex32

t.test('a manifest and what replaces it are told apart', async (t) => {
  t.same(decodeStanding(block), { ...decodeManifest(block), replaces: undefined })
  t.type(decodeStanding(fromHex(documents['replacement manifest'].bytes)).replaces, 'string')
  for (const bytes of [new Uint8Array(), Uint8Array.of(0x84, 2), Uint8Array.of(0x83, 1)]) {
    t.throws(() => decodeStanding(bytes), { code: 'MALFORMED' })
  }
})

t.test(
  'what is erased in two steps leaves the block that one step leaves, with the leaves of before',
  async (t) => {
    const standing = decodeStanding(block)
    const [first, second] = decodeManifest(block).leaves
    const isErased = ({ digest }: BatchLeaf) =>
      [first, second].some((leaf) => leaf && sameBytes(leaf.digest, digest))
    const once = decodeStanding(withoutErased(standing, manifest, isErased))
    const half = decodeStanding(
      withoutErased(standing, manifest, (leaf) => leaf.sequence === second?.sequence),
    )
    t.same(decodeStanding(withoutErased(half, manifest, isErased)), once)
    t.equal(once.replaces, manifest)
    const leaves = decodeManifest(block).leaves
    t.same(
      linksOf(once),
      leaves.slice(2).map(({ digest }) => digest),
    )
    t.same(leafHashesOf(once), leaves.map(batchLeafHash))
  },
)
