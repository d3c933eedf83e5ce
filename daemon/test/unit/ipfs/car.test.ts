import { hash, randomBytes } from 'node:crypto'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { CarReader, CarWriter } from '@ipld/car'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { blocksIn, carOf } from '../../../src/ipfs/kubo/car.ts'

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

/** A CAR as another implementation writes it, cut into pieces of `size`. */
async function* written(cids: readonly CID[], blocks: readonly Uint8Array[], size: number) {
  const { writer, out } = CarWriter.create(cids.slice(0, 1))
  const writing = (async () => {
    for (const [at, cid] of cids.entries()) await writer.put({ cid, bytes: blocks[at] ?? new Uint8Array() })
    await writer.close()
  })()
  const parts: Uint8Array[] = []
  for await (const part of out) parts.push(part)
  await writing
  const all = Buffer.concat(parts)
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size)
}

async function readAll(pieces: AsyncIterable<Uint8Array>) {
  const read = []
  for await (const some of blocksIn(pieces)) read.push(...some)
  return read.map(({ digest, bytes }) => ({ digest: Buffer.from(digest), bytes: Buffer.from(bytes) }))
}

t.test('what another implementation writes is read, however it is cut', async (t) => {
  const blocks = [0, 1, 91, 92, 16_345, 70_000, 1_048_576, 5].map(blockOf)
  const cids = blocks.map(({ digest }) => CID.decode(cidOfDigest(digest)))
  const bytes = blocks.map((block) => block.bytes)
  const expected = blocks.map((block) => ({ digest: block.digest, bytes: Buffer.from(block.bytes) }))
  for (const size of [7_001, 65_536, 2_000_000]) t.same(await readAll(written(cids, bytes, size)), expected)
  t.same(await readAll(written(cids.slice(0, 4), bytes, 1)), expected.slice(0, 4), 'byte by byte')
})

t.test('what is no CAR of batches is refused', async (t) => {
  const [block] = [blockOf(40)]
  const raw = CID.createV1(0x55, CID.decode(cidOfDigest(block.digest)).multihash)
  await t.rejects(readAll(written([raw], [block.bytes], 1_000)), { name: 'MalformedError' }, 'another codec')
  const endless = async function* () {
    yield Buffer.alloc(100, 0xff)
  }
  await t.rejects(readAll(endless()), { name: 'MalformedError' }, 'a length without end')
  const huge = async function* () {
    yield Buffer.from([0xff, 0xff, 0xff, 0x7f])
  }
  await t.rejects(readAll(huge()), { name: 'MalformedError' }, 'a section of 256 MiB')
  const whole: Uint8Array[] = []
  for await (const piece of written([CID.decode(cidOfDigest(block.digest))], [block.bytes], 50))
    whole.push(piece)
  const cut = async function* () {
    yield* whole.slice(0, -1)
  }
  t.same(await readAll(cut()), [], 'one that is cut off gives what was whole')
})
