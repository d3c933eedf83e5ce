import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { IpfsNode } from '@hygeia/daemon/ipfs/node'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { decodeManifest } from '@hygeia/protocol/manifest/manifest'
import { encodeReplacement } from '@hygeia/protocol/manifest/replacement'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { manifestOf, type SealedBlock, sealedBlocks } from '@hygeia/test/sealed-blocks'
import { until } from '@hygeia/test/until'
import t, { type Test } from 'tap'
import { addressOf, KuboBed } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
const KILLS = Number(process.env.HYGEIA_KILLS ?? 8)

async function missingFrom(node: IpfsNode, blocks: readonly { digest: Uint8Array; bytes: Uint8Array }[]) {
  let missing = 0
  for (const { digest, bytes } of blocks) {
    const held = await node.get(digest)
    if (held === undefined || Buffer.compare(held, bytes) !== 0) missing++
  }
  return missing
}

t.test('blocks and manifests are held, also after an orderly restart', async (t) => {
  const blocks = sealedBlocks(300)
  const manifest = manifestOf(blocks)
  const node = bed.kubo('held')
  await node.start()
  await node.putMany(blocks)
  await node.putMany(blocks.slice(0, 5))
  await node.pin(manifest)
  await node.sync()
  await node.stop()
  await t.rejects(node.putMany(blocks), { code: 'IPFS_DOWN' }, 'nothing is taken while it is down')
  const again = await bed.startKubo(t, 'held')
  t.equal(await missingFrom(again, [...blocks, manifest]), 0)
  const [unknown] = sealedBlocks(1)
  t.equal(await again.get(unknown?.digest ?? new Uint8Array(32)), undefined, 'without peers it does not wait')
})

t.test('a manifest that names what is not held is not pinned', async (t) => {
  const node = await bed.startKubo(t, 'lacking')
  const blocks = sealedBlocks(10)
  await node.putMany(blocks.slice(1))
  await t.rejects(node.pin(manifestOf(blocks)), { code: 'IPFS_NOT_HELD' })
  await node.putMany(blocks)
  await node.pin(manifestOf(blocks))
})

t.test('what is erased is gone once a manifest without it has taken the place of its own', async (t) => {
  const node = await bed.startKubo(t, 'erased')
  const blocks = sealedBlocks(20)
  const manifest = manifestOf(blocks)
  await node.putMany(blocks)
  await node.pin(manifest)
  const { hospital, leaves } = decodeManifest(manifest.bytes)
  const left = leaves.map((leaf, index) => (index < 5 ? { leafHash: batchLeafHash(leaf) } : leaf))
  const replaces = toHex(manifest.digest) as string as Hex32
  const bytes = encodeReplacement({ hospital, replaces, leaves: left })
  const replacement = { bytes, digest: hash('sha256', bytes, 'buffer') }
  await node.pin(replacement)
  const erased = leaves.slice(0, 5).map(({ digest }) => digest)
  await t.rejects(node.drop(erased), { code: 'IPFS_DOWN' }, 'not while the former manifest keeps them')
  await node.drop([manifest.digest, ...erased])
  for (const digest of [manifest.digest, ...erased]) t.equal(await node.get(digest), undefined)
  const kept = blocks.filter(({ digest }) => !erased.some((gone) => Buffer.compare(gone, digest) === 0))
  t.same([kept.length, await missingFrom(node, [...kept, replacement])], [15, 0])
})

t.test('a batch that no manifest names yet keeps none that is erased beside it', async (t) => {
  const node = await bed.startKubo(t, 'listed')
  const blocks = sealedBlocks(20)
  await node.putMany(blocks)
  // The first ten are under a manifest by now; the list that they came in links to all.
  const manifest = manifestOf(blocks.slice(0, 10))
  await node.pin(manifest)
  const gone = [...blocks.slice(0, 3), ...blocks.slice(12, 14)]
  await node.drop([manifest.digest, ...gone.map(({ digest }) => digest)])
  t.equal(await missingFrom(node, gone), gone.length)
  await node.collect()
  const left = blocks.slice(10).filter((block) => !gone.includes(block))
  t.equal(await missingFrom(node, left), 0)
  await node.pin(manifestOf(left))
  await node.drop([manifestOf(left).digest])
  await node.collect()
  t.equal(await missingFrom(node, left), left.length, 'and no list is left over')
})

t.test('garbage collection takes no batch that was put, pinned or not yet, and takes the rest', async (t) => {
  const node = await bed.startKubo(t, 'collected')
  const pinned = sealedBlocks(400)
  const waiting = sealedBlocks(100)
  const fetched = sealedBlocks(20)
  await node.putMany(pinned)
  await node.pin(manifestOf(pinned.slice(0, 250)))
  await node.pin(manifestOf(pinned.slice(250)))
  await node.putMany(waiting)
  const source = await bed.startKubo(t, 'source')
  await source.putMany(fetched)
  await node.dial(addressOf(source))
  t.equal(await missingFrom(node, fetched), 0)
  await source.stop()

  const removed = await node.collect()
  // The list of the first put has done its work too.
  t.equal(removed, fetched.length + 1, 'only what nobody put, and one list')
  t.equal(await missingFrom(node, [...pinned, ...waiting]), 0)
  t.equal(await missingFrom(node, fetched), fetched.length)
  await node.pin(manifestOf(waiting))
  t.equal(await node.collect(), 1)
  t.equal(await missingFrom(node, waiting), 0)
})

t.test('collecting while batches are put and pinned takes none of them', async (t) => {
  const node = await bed.startKubo(t, 'busy')
  const put: SealedBlock[] = []
  let isPutting = true
  const putting = (async () => {
    while (isPutting) {
      const some = sealedBlocks(200)
      await node.putMany(some)
      await node.pin(manifestOf(some))
      put.push(...some)
    }
  })()
  for (let count = 0; count < 10; count++) await node.collect()
  isPutting = false
  await putting
  t.ok(put.length > 0, `${put.length} batches`)
  t.equal(await missingFrom(node, put), 0)
})

t.test(`killed ${KILLS} times under load, it comes back with all that was put`, async (t) => {
  const node = await bed.startKubo(t, 'killed')
  const held: { digest: Uint8Array; bytes: Uint8Array }[] = []
  let refused = 0
  let isPutting = true
  const lanes = Array.from({ length: 3 }, async () => {
    while (isPutting) {
      const some = sealedBlocks(100)
      try {
        await node.putMany(some)
        held.push(...some)
        const manifest = manifestOf(some)
        await node.pin(manifest)
        held.push(manifest)
      } catch (cause) {
        if ((cause as { code?: string }).code !== 'IPFS_DOWN') throw cause
        refused++
        await delay(50)
      }
    }
  })
  for (let count = 0; count < KILLS; count++) {
    const before = held.length
    const pid = await until('it runs and takes batches', async () => held.length > before + 500 && node.pid)
    await delay(Math.random() * 300)
    process.kill(pid, 'SIGKILL')
    await until('another runs', async () => node.pid !== undefined && node.pid !== pid)
  }
  isPutting = false
  await Promise.all(lanes)
  t.ok(refused > 0, `${held.length} put, ${refused} refused meanwhile`)
  await until('it answers', () => node.sync().then(() => true))
  t.equal(await missingFrom(node, held), 0)
  await node.collect()
  t.equal(await missingFrom(node, held), 0, 'nor does garbage collection take any')
})

t.test('one that hangs is ended and started again', { timeout: 180_000 }, async (t) => {
  const node = await bed.startKubo(t, 'frozen')
  const [block] = sealedBlocks(1)
  if (block === undefined) throw new Error('no batch')
  await node.putMany([block])
  const pid = node.pid
  if (pid === undefined) throw new Error('does not run')
  process.kill(pid, 'SIGSTOP')
  await until('another runs', async () => node.pid !== undefined && node.pid !== pid, 170_000)
  await until('it answers', () => node.sync().then(() => true))
  t.equal(await missingFrom(node, [block]), 0)
})

t.test('only the daemon is answered, and only in a private swarm', async (t) => {
  await bed.startKubo(t, 'shut')
  const api = (await readFile(bed.at('shut/kubo/api'), 'utf8')).trim()
  const url = `http://127.0.0.1:${api.split('/').at(-1)}`
  t.equal((await fetch(`${url}/api/v0/id`, { method: 'POST' })).status, 403)
  const wrong = { authorization: `Bearer ${'0'.repeat(64)}` }
  t.equal((await fetch(`${url}/api/v0/repo/gc`, { method: 'POST', headers: wrong })).status, 403)
  const [block] = sealedBlocks(1)
  t.equal((await fetch(`${url}/ipfs/${block?.digest}`)).status, 404, 'the gateway is off')
})

t.test('what keeps it from starting is said', async (t: Test) => {
  const broken = bed.kubo('no-key', { swarmKeyFile: bed.at('nowhere.key') })
  await t.rejects(broken.start(), { code: 'SWARM_KEY_INVALID' })
  await broken.stop()
  const taken = bed.kubo('taken', { listen: ['/ip4/203.0.113.1/tcp/4001'] })
  await t.rejects(taken.start(), { code: 'KUBO_SILENT', message: /cannot assign|failed to listen/ })
  await taken.stop()
  const absent = bed.kubo('absent', { file: bed.at('ipfs') })
  await t.rejects(absent.start(), { code: 'KUBO_REPO' })
  await absent.stop()
})
