import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { abi } from '@hygeia/contracts/anchor'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import type { UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { Interface } from 'ethers'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Head } from '../../../src/chain/engine.ts'
import { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import { Ahead } from '../../../src/replication/ahead.ts'
import { Brought } from '../../../src/replication/brought.ts'
import { Standings } from '../../../src/replication/standings.ts'
import type { Eraser } from '../../../src/store/eraser.ts'
import { openStore } from '../../../src/store/store.ts'
import { loadRecover } from '../../../src/verify/recover.ts'
import { LABEL } from '../store/support/batches.ts'
import { address, hex32, leafNumber } from './support/anchored.ts'

const log = pino({ level: 'silent' })
const contract = new Interface(abi)
const [origin, anchor] = [address(), address()]

/** Batches, and a manifest of them with its anchor's event; `count` is what the anchor says. */
function anchoring(from: number, count: number, said = count) {
  const blocks = Array.from({ length: count }, () => randomBytes(300)).map((bytes) => ({
    bytes,
    digest: hash('sha256', bytes, 'buffer'),
  }))
  const leaves = blocks.map(({ digest }, at): BatchLeaf => ({ ...leafNumber(from + at), digest }))
  const bytes = encodeManifest({ hospital: origin, leaves })
  const manifest = { bytes, digest: hash('sha256', bytes, 'buffer') }
  const root = toHex(merkleTree(leaves.map(batchLeafHash)).root) as string as Hex32
  const values = [0, root, origin, said, manifest.digest]
  const event = contract.getEvent('Anchored')
  if (event === null) throw new Error('no such event')
  const named = Object.fromEntries(
    ['kind', 'root', 'hospital', 'count', 'manifest'].map((name, at) => [name, values[at]]),
  )
  const { data, topics } = contract.encodeEventLog(
    event,
    event.inputs.map(({ name }) => named[name] ?? 0),
  )
  const place = { transaction: hex32(), blockNumber: 1, blockHash: hex32() }
  const anchored = {
    root,
    origin,
    count: said,
    manifest: toHex(manifest.digest) as string as Hex32,
    ...place,
  }
  return { blocks, leaves, manifest, root, anchored, log: { data, topics } }
}

/** A chain whose newest block is not final, with these events in its blocks from 1 on. */
class Chain {
  readonly asked: (readonly [first: number, last: number])[] = []
  readonly #logs: readonly { data: string; topics: readonly string[] }[]
  #listeners: ((head: Head) => void)[] = []
  head = { number: 0, finalNumber: 0 } as Head

  constructor(logs: readonly { data: string; topics: readonly string[] }[]) {
    this.#logs = logs
  }

  onHead(listener: (head: Head) => void) {
    this.#listeners.push(listener)
    return () => {
      this.#listeners = []
    }
  }

  grow(): void {
    this.head = { ...this.head, number: this.head.number + 1, finalNumber: this.head.number }
    for (const listener of this.#listeners) listener(this.head)
  }

  async request({ params = [] }: { readonly params?: readonly unknown[] | undefined }): Promise<unknown> {
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
    this.asked.push([Number(fromBlock), Number(toBlock)])
    const place = { transactionHash: hex32(), blockHash: hex32() }
    return this.#logs
      .slice(Number(fromBlock) - 1, Number(toBlock))
      .map((event, at) => ({ ...event, ...place, blockNumber: `0x${(Number(fromBlock) + at).toString(16)}` }))
  }
}

async function twoNodes(t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-ahead-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const swarmKeyFile = join(dir, 'swarm.key')
  await writeFile(swarmKeyFile, `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`)
  const start = async (name: string) => {
    const listen = ['/ip4/127.0.0.1/tcp/0']
    const node = embeddedIpfs({ path: join(dir, name), listen, swarmKeyFile, reserveBytes: 0 }, { log })
    await node.start()
    t.teardown(() => node.stop())
    return node
  }
  const [theirs, ours] = [await start('theirs'), await start('ours')]
  const [at] = theirs.addresses
  if (at === undefined) throw new Error('it listens on nothing')
  await ours.dial(at)
  return { theirs, ours }
}

/** A journal in which these batches are erased. */
async function eraserOf(t: Test, leaves: readonly BatchLeaf[]): Promise<Eraser> {
  const path = await mkdtemp(join(tmpdir(), 'hygeia-ahead-'))
  const archive = { get: async () => undefined }
  const store = await openStore({ path, reserveBytes: 0, keepMs: 1 }, { log, archive })
  t.teardown(async () => {
    await store.close()
    await rm(path, { recursive: true })
  })
  const batch = { label: LABEL, from: 0 as UnixMs, to: 1 as UnixMs, at: 1 as UnixMs, sizeBytes: 300 }
  const rest = { isDated: true, priority: 'vitals' } as const
  await store.eraser.forget(
    leaves.map((leaf, at) => ({
      ...leaf,
      leafHash: batchLeafHash(leaf),
      arrival: at + 1,
      ...batch,
      ...rest,
    })),
  )
  return store.eraser
}

t.test(
  'what a block anchors is here before that block is final; what is erased, lies and others’ work are not',
  async (t) => {
    const { theirs, ours } = await twoNodes(t)
    const [good, absent, lie, elsewhere, next] = [
      anchoring(0, 90),
      anchoring(90, 2),
      anchoring(92, 5, 6),
      anchoring(97, 5),
      anchoring(102, 3),
    ]
    const all = [good, absent, lie, elsewhere, next]
    for (const one of all) if (one !== absent) await theirs.putMany([...one.blocks, one.manifest])
    const chain = new Chain(all.map((one) => one.log))
    const eraser = await eraserOf(t, good.leaves.slice(0, 4))
    const brought = new Brought({
      realm: { chainId: 5, directory: address(), genesis: hex32() },
      recover: await loadRecover(),
    })
    const ahead = new Ahead(
      { contract: anchor, afterMs: 1 },
      {
        engine: chain,
        ipfs: ours,
        standings: new Standings({ ipfs: ours, eraser }),
        brought,
        isWanted: ({ root }) => root !== elsewhere.root,
        clock: systemClock,
        log,
      },
    )
    await ahead.start()
    t.teardown(() => ahead.stop())
    const here = async ({ blocks }: (typeof all)[number]) => {
      const held = await Promise.all(blocks.map(({ digest }) => ours.get(digest, AbortSignal.abort())))
      return held.filter((bytes) => bytes !== undefined).length
    }
    for (const one of all) {
      chain.grow()
      if (one === good) while ((await here(one)) < 86) await delay(20)
      // Also while the one that nobody gives is waited for.
      if (one === next) while ((await here(one)) < 3) await delay(20)
    }
    await delay(500)
    t.same(await Promise.all(all.map(here)), [86, 0, 0, 0, 3])
    t.same(
      all.map((one) => brought.take(one.anchored)?.blocks.length),
      [86, undefined, undefined, undefined, 3],
      'and read',
    )
    const firsts = chain.asked.map(([first]) => first)
    t.equal(new Set(firsts).size, firsts.length, 'no block is read twice')
  },
)
