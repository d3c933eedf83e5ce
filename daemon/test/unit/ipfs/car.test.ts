import { hash, randomBytes } from 'node:crypto'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { CarReader } from '@ipld/car'
import t from 'tap'
import { carOf } from '../../../src/ipfs/kubo/car.ts'

const blockOf = (length: number) => {
  const bytes = encodeCbor(randomBytes(length))
  return { bytes, digest: hash('sha256', bytes, 'buffer') }
}
const cidOf = (digest: Uint8Array) => formatCid(cidOfDigest(digest))

t.test('another implementation reads the root and every block', async (t) => {
  // Lengths around those at which a varint and a piece grow, and more than one piece.
  const lengths = [0, 1, 80, 90, 91, 92, 16_340, 16_345, 16_350, 65_536, 262_140, 300_000, 1_048_576, 5]
  const blocks = lengths.map(blockOf)
  const root = blockOf(40)
  const reader = await CarReader.fromBytes(Buffer.concat([...carOf(root, blocks)]))
  t.same((await reader.getRoots()).map(String), [cidOf(root.digest)])
  const read: { cid: unknown; bytes: Uint8Array }[] = []
  for await (const block of reader.blocks()) read.push(block)
  t.same(
    read.map(({ cid }) => String(cid)),
    [root, ...blocks].map(({ digest }) => cidOf(digest)),
  )
  t.ok(
    read.every(({ bytes }, index) => Buffer.compare(bytes, [root, ...blocks][index]?.bytes ?? bytes) === 0),
  )
})

t.test('small blocks share a piece', async (t) => {
  const blocks = Array.from({ length: 1_000 }, () => blockOf(600))
  t.equal([...carOf(blockOf(10), blocks)].length, Math.ceil((1_000 * (600 + 3 + 2 + 36)) / (256 * 1024)))
})
