import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import type { IpfsNode } from '../../../src/ipfs/node.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-ipfs-'))
t.teardown(() => rm(dir, { recursive: true }))
const log = pino({ level: 'silent' })
const blockOf = (bytes: Uint8Array) => ({ bytes, digest: hash('sha256', bytes, 'buffer') })
const loopback = ['/ip4/127.0.0.1/tcp/0']

async function swarmKeyFile(name: string): Promise<string> {
  const path = join(dir, `${name}.key`)
  await writeFile(path, `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`)
  return path
}

async function start(t: Test, name: string, listen: string[] = [], keyFile?: string): Promise<IpfsNode> {
  const node = embeddedIpfs(
    { path: join(dir, name), listen, swarmKeyFile: keyFile, reserveBytes: 0 },
    { log },
  )
  await node.start()
  t.teardown(() => node.stop())
  return node
}

t.test('a node that keeps to itself holds blocks and pins on its disk', async (t) => {
  const blocks = Array.from({ length: 100 }, () => blockOf(randomBytes(600)))
  const node = embeddedIpfs({ path: join(dir, 'alone'), listen: [], reserveBytes: 0 }, { log })
  await node.start()
  await node.putMany(blocks)
  await node.putMany(blocks.slice(0, 5))
  const manifest = blockOf(randomBytes(2_000))
  await node.pin(manifest)
  await node.sync()
  t.same(node.addresses, [])
  await t.rejects(node.dial('/ip4/127.0.0.1/tcp/1'), { code: 'IPFS_ALONE' })
  await node.stop()
  const again = await start(t, 'alone')
  for (const { digest, bytes } of [...blocks, manifest]) {
    const held = await again.get(digest)
    if (held === undefined || Buffer.compare(held, bytes) !== 0) t.fail('a block is lost')
  }
  t.equal(await again.get(randomBytes(32)), undefined)
})

t.test('nodes of one swarm fetch from each other, and nobody else does', async (t) => {
  const keyFile = await swarmKeyFile('ours')
  const [one, two, stranger] = await Promise.all([
    start(t, 'one', loopback, keyFile),
    start(t, 'two', loopback, keyFile),
    start(t, 'stranger', loopback, await swarmKeyFile('theirs')),
  ])
  const block = blockOf(randomBytes(600))
  await one.putMany([block])
  const [address] = one.addresses
  if (address === undefined) return t.fail('listens nowhere')
  t.equal(await two.get(block.digest), undefined, 'without peers it does not wait')
  await two.dial(address)
  const fetched = await two.get(block.digest)
  t.ok(fetched && Buffer.compare(fetched, block.bytes) === 0)
  t.ok(await two.get(block.digest, AbortSignal.abort()), 'and then has it itself')
  await t.rejects(stranger.dial(address))
})

t.test('a swarm key file that is none is named', async (t) => {
  const path = join(dir, 'wrong.key')
  await writeFile(path, 'secret')
  const node = embeddedIpfs(
    { path: join(dir, 'wrong'), listen: loopback, swarmKeyFile: path, reserveBytes: 0 },
    { log },
  )
  await t.rejects(node.start(), { code: 'SWARM_KEY_INVALID' })
  await node.stop()
})

t.test('on a full disk nothing is fetched, which is not said to be nobody’s to give', async (t) => {
  const keyFile = await swarmKeyFile('full')
  const one = await start(t, 'has room', loopback, keyFile)
  const block = blockOf(randomBytes(600))
  await one.putMany([block])
  const reserveBytes = Number.MAX_SAFE_INTEGER
  const full = embeddedIpfs(
    { path: join(dir, 'full'), listen: loopback, swarmKeyFile: keyFile, reserveBytes },
    { log },
  )
  await full.start()
  t.teardown(() => full.stop())
  await full.dial(one.addresses[0] ?? '')
  await t.rejects(full.get(block.digest), { code: 'IPFS_DOWN' })
  await t.rejects(full.bring(block, AbortSignal.timeout(5_000)), { code: 'IPFS_DOWN' })
  t.equal(
    await full.get(block.digest, AbortSignal.abort()),
    undefined,
    'what is here can still be looked for',
  )
})
