import { decode, encode } from '@ipld/dag-cbor'
import { encode as plainEncode } from 'cborg'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { fromHex } from '../../../src/ids.ts'
import { decodeManifest, encodeManifest, MANIFEST_LIMIT_BYTES } from '../../../src/manifest/manifest.ts'
import { LEAF_LIMIT } from '../../../src/merkle/limits.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const bytes = fromHex(documents.manifest.bytes)
type Fields = [version: number, hospital: Uint8Array, leaves: [Uint8Array, Uint8Array, number, unknown][]]
const [version, hospital, leaves] = decode<Fields>(bytes)

t.test('a manifest links its batches, so that pinning it keeps them', async (t) => {
  const links = leaves.map(([, , , link]) => CID.asCID(link)?.code)
  t.same(links, [0x71, 0x71, 0x71])
})

t.test('a manifest that says nothing sensible is refused', async (t) => {
  const withLink = (link: unknown) => [version, hospital, [leaves[0]?.with(3, link as Uint8Array)]]
  const [, , , link] = leaves[0] ?? []
  const cid = CID.asCID(link)
  const wrong: Record<string, unknown> = {
    'another version': [2, hospital, leaves],
    'no batch': [version, hospital, []],
    'bytes instead of a link': withLink(cid?.bytes),
    'nothing instead of a link': withLink(null),
    'a link to something else': withLink(cid === null ? null : CID.createV1(0x55, cid.multihash)),
  }
  for (const [name, fields] of Object.entries(wrong)) {
    t.throws(() => decodeManifest(encode(fields)), { code: 'MALFORMED' }, name)
  }
  // As CIDs of older libraries look; DAG-CBOR itself would not encode it.
  const disguised = withLink({ '/': 'x', bytes: 'x', code: 0x71, version: 1 })
  t.throws(
    () => decodeManifest(plainEncode(disguised)),
    { code: 'MALFORMED' },
    'a map that looks like a link',
  )
})

t.test('as many batches as an anchor carries fit into a manifest', async (t) => {
  const manifest = decodeManifest(bytes)
  const [leaf] = manifest.leaves
  const many = { ...manifest, leaves: Array(LEAF_LIMIT).fill({ ...leaf, sequence: Number.MAX_SAFE_INTEGER }) }
  const block = encodeManifest(many)
  t.ok(block.length <= MANIFEST_LIMIT_BYTES, `${block.length} bytes`)
  t.equal(decodeManifest(block).leaves.length, LEAF_LIMIT)
})
