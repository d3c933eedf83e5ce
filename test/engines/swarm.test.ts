import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { sealedBlocks } from '@hygeia/test/sealed-blocks'
import { until } from '@hygeia/test/until'
import t from 'tap'
import { addressOf, KuboBed } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
const bases = (digest: Uint8Array) => formatCid(cidOfDigest(digest))
const isSame = (one: Uint8Array | undefined, other: Uint8Array) =>
  one !== undefined && Buffer.compare(one, other) === 0
/** What a node without the key is given to try. */
const PATIENCE_MS = 5_000

t.test('the ipfs command fetches a batch from the embedded node, and the reverse', async (t) => {
  const embedded = await bed.startEmbedded(t, 'embedded')
  const plain = await bed.startPlain(t, 'plain')
  const [ours, theirs] = sealedBlocks(2)
  if (ours === undefined || theirs === undefined) throw new Error('no batches')
  await embedded.putMany([ours])
  await plain.ipfs(['swarm', 'connect', addressOf(embedded)])
  t.ok(isSame(await plain.ipfs(['block', 'get', bases(ours.digest)]), ours.bytes), 'byte for byte')

  const from = await bed.startKubo(t, 'from')
  await from.putMany([theirs])
  await plain.ipfs(['swarm', 'connect', addressOf(from)])
  await plain.ipfs(['block', 'get', bases(theirs.digest)])
  await from.stop()
  t.ok(isSame(await embedded.get(theirs.digest), theirs.bytes), 'from the node that the command keeps')
})

t.test("the embedded node and the daemon's Kubo fetch from each other, and go on after a kill", async (t) => {
  const embedded = await bed.startEmbedded(t, 'helia')
  const kubo = await bed.startKubo(t, 'kubo', { peers: [addressOf(embedded)] })
  const blocks = sealedBlocks(20)
  const [first, second] = [blocks.slice(0, 10), blocks.slice(10)]
  await embedded.putMany(first)
  await kubo.putMany(second)
  await until(
    'Kubo has its peer',
    async () => (await kubo.get(first[0]?.digest ?? new Uint8Array(32))) !== undefined,
  )
  for (const { digest, bytes } of first) t.ok(isSame(await kubo.get(digest), bytes), 'Kubo from Helia')
  for (const { digest, bytes } of second) t.ok(isSame(await embedded.get(digest), bytes), 'Helia from Kubo')
  const [late, missing] = sealedBlocks(2)
  if (late === undefined || missing === undefined) throw new Error('no batches')
  const { pid } = kubo
  process.kill(pid ?? Number.NaN, 'SIGKILL')
  await embedded.putMany([late])
  await until('another Kubo has its peer', async () => {
    return kubo.pid !== pid && (await kubo.get(late.digest)) !== undefined
  })
  t.equal(
    await kubo.get(missing.digest, AbortSignal.timeout(500)),
    undefined,
    'waits no longer than it is told',
  )
})

t.test('a node without the key gets nothing', async (t) => {
  const embedded = await bed.startEmbedded(t, 'closed-helia')
  const kubo = await bed.startKubo(t, 'closed-kubo')
  const [block] = sealedBlocks(1)
  if (block === undefined) throw new Error('no batch')
  await embedded.putMany([block])
  await kubo.putMany([block])
  const otherKey = await bed.anotherSwarmKey('other.key')
  for (const [name, key] of [
    ['another key', otherKey],
    ['no key', ''],
  ] as const) {
    const stranger = await bed.startPlain(t, `stranger-${name}`, key)
    for (const node of [embedded, kubo]) {
      await t.rejects(
        stranger.ipfs(['swarm', 'connect', addressOf(node)], PATIENCE_MS),
        `with ${name} nobody connects to ${node.kind}`,
      )
    }
    t.equal((await stranger.ipfs(['swarm', 'peers'])).length, 0)
    await t.rejects(stranger.ipfs(['block', 'get', bases(block.digest)], PATIENCE_MS), 'and nothing comes')
  }
  const strangeHelia = await bed.startEmbedded(t, 'strange-helia', otherKey)
  await t.rejects(strangeHelia.dial(addressOf(kubo)))
})
