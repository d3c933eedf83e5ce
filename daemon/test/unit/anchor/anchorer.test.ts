import { randomBytes } from 'node:crypto'
import { abi } from '@hygeia/contracts/anchor'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { decodeManifest } from '@hygeia/protocol/manifest/manifest'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import { createLog } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { Anchorer } from '../../../src/anchor/anchorer.ts'
import { ANCHOR_KIND } from '../../../src/anchor/contract.ts'
import { OwnManifests } from '../../../src/anchor/own-manifests.ts'
import { treeNodes } from '../../../src/anchor/tree.ts'
import type { ChainEngine, Reorganisation, RpcRequest } from '../../../src/chain/engine.ts'
import { ReceiptBook } from '../../../src/receipt/book.ts'
import { openStore } from '../../../src/store/store.ts'
import { TestDevice } from '../../link/support/devices.ts'
import { until } from '../../link/support/until.ts'
import { HandClock } from '../support/hand-clock.ts'
import { scratch } from '../support/scratch.ts'

const log = createLog('test', 'silent')
const hex32 = () => toHex(randomBytes(32)) as string as Hex32
const realm = { chainId: 7, directory: `0x${'11'.repeat(20)}` as Address, genesis: hex32() }
const signer = keySigner(randomBytes(32))
const contract = `0x${'22'.repeat(20)}` as Address
const calls = new Interface(abi)

/** A chain that holds every root in one block, final, until that is replaced. */
class Chain
  implements Pick<ChainEngine, 'nextBlockAt' | 'info' | 'head' | 'onHead' | 'request' | 'onReorganised'>
{
  readonly info = { periodSec: 1 } as ChainEngine['info']
  readonly #turns = new Set<(turn: Reorganisation) => void>()
  place = { blockNumber: 8, blockHash: hex32(), transaction: hex32() }

  get head() {
    return {
      number: 20,
      finalNumber: 19,
      hash: hex32(),
      timestamp: 0,
      at: 0,
    } as unknown as ChainEngine['head']
  }

  nextBlockAt() {
    return (Date.UTC(2026, 5) + 3_600_000) as ReturnType<ChainEngine['nextBlockAt']>
  }

  onHead() {
    return () => {}
  }

  onReorganised(listener: (turn: Reorganisation) => void) {
    this.#turns.add(listener)
    return () => this.#turns.delete(listener)
  }

  /** The anchor stands in another block than was final. */
  replace(): void {
    this.place = { blockNumber: 12, blockHash: hex32(), transaction: hex32() }
    for (const listener of this.#turns) listener({ from: 8, isPastFinality: true })
  }

  async request({ method, params }: RpcRequest): Promise<unknown> {
    const { blockNumber, blockHash, transaction } = this.place
    if (method === 'eth_call') return calls.encodeFunctionResult('anchorBy', [blockNumber, 1, hex32()])
    const [filter] = params as [{ topics: [string, Hex32, string] }]
    const [, root, of] = filter.topics
    const hospital = `0x${of.slice(-40)}`
    const log = calls.encodeEventLog('Anchored', [root, hospital, ANCHOR_KIND.batches, 1, hex32()])
    return [{ ...log, transactionHash: transaction, blockHash }]
  }
}

/** One batch under an anchor that was sent and is not followed yet. */
async function opened(t: Test) {
  const store = await openStore(
    { path: await scratch(t), reserveBytes: 0, keepMs: 1 },
    { log, archive: { get: async () => undefined } },
  )
  const sealed = new TestDevice(realm).seal()
  const leafHash = batchLeafHash({ ...sealed.header, digest: sealed.digest })
  await store.take({ ...sealed, leafHash, at: new HandClock().now() })
  const nodes = await treeNodes([leafHash])
  await store.anchors.intend(
    { first: 1, last: 1, root: toHex(nodes) as string as Hex32, manifest: hex32() },
    nodes,
  )
  t.teardown(() => store.close())
  return store
}

/**
 * Follow it, others saying to hold it once `witnessed` resolves.
 *
 * @returns blocks that receipts were made for, in order; what was archived and pinned before that
 */
async function follow(t: Test, chain: Chain, witnessed: Promise<void>, receiptSigner = signer) {
  const store = await opened(t)
  const clock = new HandClock()
  const hospital = signer.address
  const receipts = new ReceiptBook({ realm, hospital }, { store, receiptSigner, clock })
  const issued: string[] = []
  receipts.onIssued(({ anchor }) => issued.push(anchor.blockHash))
  const kept: unknown[] = []
  const waits = Promise.withResolvers<void>()
  const anchorer = new Anchorer(
    { hospital, contract, leadMs: 10 },
    {
      engine: chain,
      transactor: {
        send: () => Promise.reject(new Error('it was sent before')),
        settled: async () => {},
      },
      store,
      archiver: { flush: async (through) => void kept.push(through) },
      manifests: new OwnManifests({ hospital }, { store }),
      ipfs: { pin: async ({ bytes }) => void kept.push(decodeManifest(bytes)), sync: async () => {} },
      receipts,
      permit: {
        mayAnchor: true,
        witnessed: async () => {
          waits.resolve()
          await witnessed
        },
      },
      clock,
      log,
      metrics: new Registry(),
    },
  )
  await anchorer.start()
  t.teardown(() => anchorer.stop())
  await waits.promise
  return { issued, kept, final: async () => (await store.anchors.before(2, 1))[0]?.final?.anchor }
}

t.test(
  'an anchor that was replaced while others were waited for gets a receipt for where it stands',
  async (t) => {
    const chain = new Chain()
    const witnessed = Promise.withResolvers<void>()
    const { issued, final } = await follow(t, chain, witnessed.promise)
    chain.replace()
    witnessed.resolve()
    await until(async () => (await final()) !== undefined)
    t.same(issued, [chain.place.blockHash], 'and none for where it stood')
    t.match(await final(), chain.place)
  },
)

t.test(
  'what was intended before the start is archived and pinned again: the disk may be a new one',
  async (t) => {
    const witnessed = Promise.withResolvers<void>()
    const { kept, final } = await follow(t, new Chain(), witnessed.promise)
    t.match(kept, [1, { hospital: signer.address, leaves: { length: 1 } }])
    witnessed.resolve()
    await until(async () => (await final()) !== undefined)
  },
)

t.test('one that is replaced while its receipt is made gets another', async (t) => {
  const chain = new Chain()
  const former = chain.place.blockHash
  const witnessed = Promise.withResolvers<void>()
  const turning: Signer = {
    ...signer,
    sign(digest) {
      if (chain.place.blockHash === former) chain.replace()
      return signer.sign(digest)
    },
  }
  const { issued, final } = await follow(t, chain, witnessed.promise, turning)
  witnessed.resolve()
  await until(async () => (await final())?.blockHash === chain.place.blockHash)
  t.same(issued, [former, chain.place.blockHash])
})
