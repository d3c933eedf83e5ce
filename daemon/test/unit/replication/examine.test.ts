import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import t from 'tap'
import { examineManifest, isBlockOf } from '../../../src/replication/examine.ts'
import { address, anchoredManifest, hex32, leafNumber } from './support/anchored.ts'

const origin = address()

for (const count of [1, 2, 1_000]) {
  t.test(`a manifest of ${count} that is as anchored is believed`, async (t) => {
    const { leaves, block, anchored } = anchoredManifest(origin, count)
    t.match(await examineManifest(block, anchored), { manifest: { hospital: origin, leaves } })
    t.ok(isBlockOf(Buffer.from(anchored.manifest.slice(2), 'hex'), block))
    t.notOk(isBlockOf(Buffer.from(anchored.root.slice(2), 'hex'), block))
  })
}

t.test('every way in which a manifest can differ from its anchor is named', async (t) => {
  const { leaves, block, anchored } = anchoredManifest(origin, 5)
  const lies = {
    MANIFEST_MALFORMED: examineManifest(block.subarray(1), anchored),
    MANIFEST_OF_ANOTHER: examineManifest(block, { ...anchored, origin: address() }),
    MANIFEST_COUNT: examineManifest(block, { ...anchored, count: 6 }),
    MANIFEST_ROOT: examineManifest(block, { ...anchored, root: hex32() }),
  }
  for (const [lie, examined] of Object.entries(lies)) t.same(await examined, { lie }, lie)
  const swapped = [...leaves.slice(0, 4), leafNumber(99)]
  const other = encodeManifest({ hospital: origin, leaves: swapped })
  t.same(await examineManifest(other, anchored), { lie: 'MANIFEST_ROOT' }, 'a batch that was exchanged')
})
