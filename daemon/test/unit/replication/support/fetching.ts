import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import type { Test } from 'tap'
import { embeddedIpfs } from '../../../../src/ipfs/embedded/node.ts'
import type { Block, IpfsNode } from '../../../../src/ipfs/node.ts'
import type { AnchoredBatches } from '../../../../src/replication/anchored.ts'
import { Brought } from '../../../../src/replication/brought.ts'
import { Fetcher, type Wanted } from '../../../../src/replication/fetcher.ts'
import { Standings } from '../../../../src/replication/standings.ts'
import { openStore } from '../../../../src/store/store.ts'
import type { DeviceStanding } from '../../../../src/verify/judge.ts'
import { loadRecover } from '../../../../src/verify/recover.ts'
import { TestDevice } from '../../../link/support/devices.ts'
import { address, hex32 } from './anchored.ts'

/** Blocks that nobody gives are not waited for as long as hospitals far away. */
const BLOCK_MS = 4_000

export const sealedBy = (device: TestDevice, count: number) =>
  Array.from({ length: count }, () => device.seal())
export const leavesOf = (sealed: ReturnType<typeof sealedBy>): readonly BatchLeaf[] =>
  sealed.map(({ header, digest }) => ({ ...header, digest }))

/** A hospital that fetches into its own IPFS node and journal, and the node of another that anchors. */
export async function fetchingBed(t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-fetcher-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const log = pino({ level: 'silent' })
  const keyFile = join(dir, 'swarm.key')
  await writeFile(keyFile, `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`)

  async function nodeNamed(name: string): Promise<IpfsNode> {
    const node = embeddedIpfs(
      {
        path: join(dir, name),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        swarmKeyFile: keyFile,
        reserveBytes: 0,
        blockMs: BLOCK_MS,
      },
      { log },
    )
    await node.start()
    t.teardown(() => node.stop())
    return node
  }

  const [theirs, ours] = [await nodeNamed('theirs'), await nodeNamed('ours')]
  await ours.dial(theirs.addresses[0] ?? '')
  const store = await openStore(
    { path: join(dir, 'journal'), reserveBytes: 0, keepMs: 1 },
    { log, archive: ours },
  )
  t.teardown(() => store.close())
  const realm = { chainId: 5, directory: address(), genesis: hex32() }
  const origin = address()
  const devices = new Map<Address, DeviceStanding>()
  const standings = new Standings({ ipfs: ours, eraser: store.eraser })
  const recover = await loadRecover()
  /** What other hospitals say to have in the place of whatever is asked for, and what this one's journal makes of it. */
  const elsewhere = { replacements: [] as readonly Uint8Array[], own: undefined as Block | undefined }
  const brought = new Brought({ realm, recover })
  const deps = {
    ipfs: ours,
    store,
    standings,
    brought,
    directory: { device: (device: Address) => devices.get(device), refresh: async () => {} },
    recover,
    clock: systemClock,
    replacements: async () => elsewhere.replacements,
    own: async () => elsewhere.own,
  }
  const fetcher = new Fetcher({ realm, hospital: address() }, deps)
  const newDevice = (standing: DeviceStanding = { status: 'bound', patient: address() }) => {
    const device = new TestDevice(realm)
    devices.set(device.address, standing)
    return device
  }

  /** Have the other hospital anchor `leaves`, whose blocks it may or may not have. */
  async function anchored(leaves: readonly BatchLeaf[]): Promise<AnchoredBatches> {
    const { block, what } = anchorOf(leaves)
    await theirs.pin(block)
    return what
  }

  /** What the chain says when the other hospital anchors `leaves`, and the manifest. */
  function anchorOf(leaves: readonly BatchLeaf[]): { readonly block: Block; readonly what: AnchoredBatches } {
    const bytes = encodeManifest({ hospital: origin, leaves })
    const digest = hash('sha256', bytes, 'buffer')
    const root = toHex(merkleTree(leaves.map(batchLeafHash)).root) as string as Hex32
    const manifest = toHex(digest) as string as Hex32
    const place = { transaction: hex32(), blockNumber: 1, blockHash: hex32() }
    return { block: { digest, bytes }, what: { root, origin, count: leaves.length, manifest, ...place } }
  }

  const missing = ({ manifest }: AnchoredBatches) => fetcher.missing(manifest, AbortSignal.timeout(30_000))
  const fetch = (what: AnchoredBatches, limitMs = 30_000) => fetcher.fetch(what, AbortSignal.timeout(limitMs))
  /** Have these batches erased here, as an order does when it is carried out. */
  async function erase(sealed: ReturnType<typeof sealedBy>): Promise<void> {
    const digests = sealed.map(({ digest }) => digest)
    await ours.drop?.(digests)
    await store.eraser.forget((await store.reader.findMany(digests)).flatMap((held) => held ?? []))
  }
  const heldHere = async (sealed: ReturnType<typeof sealedBy>) =>
    (await Promise.all(sealed.map(({ digest }) => ours.get(digest, AbortSignal.abort())))).map(
      (bytes) => bytes !== undefined,
    )
  return {
    theirs,
    ours,
    store,
    realm,
    origin,
    devices,
    standings,
    brought,
    elsewhere,
    deps,
    fetcher,
    newDevice,
    anchored,
    anchorOf,
    missing,
    fetch,
    erase,
    heldHere,
  }
}

/** A peer that said it has nothing, or gave a block just now, takes more than one question to be heard. */
export async function fetchAgain(by: Fetcher, what: Wanted) {
  let fetched = await by.fetch(what, AbortSignal.timeout(30_000))
  for (let round = 0; round < 4 && fetched.outcome === 'missing'; round++) {
    // Helia loses a question that is asked while it still takes the last one back.
    await delay(500)
    fetched = await by.fetch(what, AbortSignal.timeout(30_000))
  }
  return fetched
}
