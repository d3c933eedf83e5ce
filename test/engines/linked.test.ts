import { hash, randomBytes } from 'node:crypto'
import type { IpfsNode } from '@hygeia/daemon/ipfs/node'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { decodeStanding, withoutErased } from '@hygeia/protocol/manifest/standing'
import { manifestOf, type SealedBlock, sealedBlocks } from '@hygeia/test/sealed-blocks'
import { until } from '@hygeia/test/until'
import t, { type Test } from 'tap'
import { addressOf, KuboBed } from './support/kubo-bed.ts'

t.setTimeout(180_000)

const bed = await KuboBed.make(t)
const nameOf = (digest: Uint8Array) => Buffer.from(digest).toString('hex')

/** Of what `node` gives for a manifest: how many are the right bytes, and how many came more than once. */
async function given(node: IpfsNode, blocks: readonly SealedBlock[]) {
  const wanted = new Map(blocks.map(({ digest, bytes }) => [nameOf(digest), bytes]))
  let [right, other] = [0, 0]
  for await (const some of node.linked(manifestOf(blocks), AbortSignal.timeout(60_000))) {
    for (const { digest, bytes } of some) {
      const expected = wanted.get(nameOf(digest))
      wanted.delete(nameOf(digest))
      if (expected !== undefined && Buffer.compare(expected, bytes) === 0) right++
      else other++
    }
  }
  return { right, other }
}

for (const kind of ['kubo', 'embedded'] as const) {
  const start = (t: Test, name: string) =>
    kind === 'kubo' ? bed.startKubo(t, name) : bed.startEmbedded(t, name)

  t.test(`${kind}: a manifest's batches come from another node, and are there afterwards`, async (t) => {
    const [source, node] = [await bed.startKubo(t, `${kind}-source`), await start(t, `${kind}-all`)]
    const blocks = sealedBlocks(700)
    const manifest = manifestOf(blocks)
    await source.putMany(blocks)
    await source.pin(manifest)
    await node.dial(addressOf(source))
    await until('the manifest is here', async () => (await node.get(manifest.digest)) !== undefined)
    t.same(await given(node, blocks), { right: 0, other: 0 }, 'asks nobody')
    await node.bring(manifest, AbortSignal.timeout(60_000))
    await source.stop()
    t.same(await given(node, blocks), { right: 700, other: 0 })
    await node.pin(manifest)
  })

  // A Kubo forgets what is wanted of it beyond 1,024 blocks, for half a minute.
  t.test(`${kind}: the largest manifest comes at once`, async (t) => {
    const [source, node] = [await bed.startKubo(t, `${kind}-large`), await start(t, `${kind}-largest`)]
    const blocks = sealedBlocks(4_096)
    const manifest = manifestOf(blocks)
    await source.putMany(blocks)
    await source.pin(manifest)
    await node.dial(addressOf(source))
    await until('the manifest is here', async () => (await node.get(manifest.digest)) !== undefined)
    const began = performance.now()
    await node.bring(manifest, AbortSignal.timeout(120_000))
    const tookMs = performance.now() - began
    t.ok(tookMs < 20_000, `after ${Math.round(tookMs)} ms`)
    t.same(await given(node, blocks), { right: 4_096, other: 0 })
  })

  t.test(`${kind}: what nobody has is left out, and keeps nothing else back`, async (t) => {
    const [source, node] = [await bed.startEmbedded(t, `${kind}-part`), await start(t, `${kind}-lacking`)]
    const blocks = sealedBlocks(200)
    const manifest = manifestOf(blocks)
    await source.putMany([...blocks.slice(0, 80), ...blocks.slice(82), manifest])
    await node.dial(addressOf(source))
    await until('the manifest is here', async () => (await node.get(manifest.digest)) !== undefined)
    await node.bring(manifest, AbortSignal.timeout(60_000))
    t.same(await given(node, blocks), { right: 198, other: 0 })
  })

  t.test(`${kind}: a block that is no batch is given, for who can tell`, async (t) => {
    const [source, node] = [await bed.startEmbedded(t, `${kind}-liar`), await start(t, `${kind}-lied-to`)]
    const [first, ...others] = sealedBlocks(100)
    if (first === undefined) throw new Error('no batch')
    const bytes = randomBytes(600)
    const digest = hash('sha256', bytes, 'buffer')
    const lie = { digest, bytes, leaf: { ...first.leaf, digest } }
    const blocks = [...others.slice(0, 50), lie, ...others.slice(50)]
    const manifest = manifestOf(blocks)
    await source.putMany([...blocks, manifest])
    await node.dial(addressOf(source))
    await until('the manifest is here', async () => (await node.get(manifest.digest)) !== undefined)
    await until('the lie is given', async () => {
      await node.bring(manifest, AbortSignal.timeout(60_000))
      for await (const some of node.linked(manifest, AbortSignal.timeout(60_000))) {
        if (some.some((block) => Buffer.compare(block.digest, digest) === 0)) return true
      }
      return false
    })
  })

  t.test(`${kind}: what a liar has put below a batch is neither brought nor given`, async (t) => {
    const [source, node] = [await bed.startEmbedded(t, `${kind}-deep`), await start(t, `${kind}-shallow`)]
    const below = sealedBlocks(50)
    const [first, ...others] = sealedBlocks(100)
    if (first === undefined) throw new Error('no batch')
    // A manifest in the place of a batch: the only block of this kind that links to anything.
    const deep = manifestOf(below)
    const blocks = [
      ...others.slice(0, 50),
      { ...deep, leaf: { ...first.leaf, ...deep } },
      ...others.slice(50),
    ]
    const manifest = manifestOf(blocks)
    await source.putMany([...below, ...blocks, manifest])
    await node.dial(addressOf(source))
    await until('the manifest is here', async () => (await node.get(manifest.digest)) !== undefined)
    await node.bring(manifest, AbortSignal.timeout(60_000))
    t.same(await given(node, blocks), { right: 100, other: 0 })
    const came = await Promise.all(below.map(({ digest }) => node.get(digest, AbortSignal.abort())))
    t.equal(came.filter((bytes) => bytes !== undefined).length, 0)
    // Nor when all of it lies there already.
    await node.putMany(below)
    t.same(await given(node, blocks), { right: 100, other: 0 })
  })

  t.test(`${kind}: by what replaces a manifest nothing comes that was erased`, async (t) => {
    const [source, node] = [await bed.startKubo(t, `${kind}-all`), await start(t, `${kind}-erased`)]
    const blocks = sealedBlocks(40)
    const manifest = manifestOf(blocks)
    await source.putMany(blocks)
    await source.pin(manifest)
    await node.dial(addressOf(source))
    const digest = toHex(manifest.digest) as string as Hex32
    const bytes = withoutErased(decodeStanding(manifest.bytes), digest, ({ sequence }) => sequence < 10)
    const replacement = { bytes, digest: hash('sha256', bytes, 'buffer') }
    await node.bring(replacement, AbortSignal.timeout(60_000))
    await node.pin(replacement)
    const held = await Promise.all(blocks.map(({ digest }) => node.get(digest, AbortSignal.abort())))
    t.same(
      held.map((found) => found !== undefined),
      blocks.map((_, index) => index >= 10),
    )
  })

  t.test(`${kind}: a walk that is told to stop does`, async (t) => {
    const node = await start(t, `${kind}-stopped`)
    const blocks = sealedBlocks(3_000)
    const manifest = manifestOf(blocks)
    await node.putMany(blocks)
    await node.pin(manifest)
    const abort = new AbortController()
    let count = 0
    await t.rejects(async () => {
      for await (const some of node.linked(manifest, abort.signal)) {
        count += some.length
        abort.abort()
      }
    })
    t.ok(count < blocks.length, `${count} came`)
  })
}
