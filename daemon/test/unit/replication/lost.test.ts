import { setTimeout as delay } from 'node:timers/promises'
import { abi } from '@hygeia/contracts/anchor'
import type { Address } from '@hygeia/protocol/ids'
import { keySigner } from '@hygeia/protocol/signature'
import { createLog } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import type { ChainEngine } from '../../../src/chain/engine.ts'
import type { AnchoredBatches } from '../../../src/replication/anchored.ts'
import type { Answer } from '../../../src/replication/answers.ts'
import { ReplicaBook } from '../../../src/replication/book.ts'
import { Replicator } from '../../../src/replication/replicator.ts'
import { Witnesses } from '../../../src/replication/witnesses.ts'
import { until } from '../../link/support/until.ts'
import { HandClock } from '../support/hand-clock.ts'
import { scratch } from '../support/scratch.ts'
import { address, anchoredManifest, hex32 } from './support/anchored.ts'

const log = createLog('test', 'silent')
const [own, other, third] = [address(), address(), address()]
const calls = new Interface(abi)

async function emptyBook(t: Test): Promise<ReplicaBook> {
  const book = new ReplicaBook({ path: await scratch(t), reserveBytes: 0 }, { log })
  await book.start()
  t.teardown(() => book.stop())
  return book
}

/** A chain whose newest block, which is final, is the one with these anchors. @param atMs - when that was sealed */
function chainOf(anchors: readonly AnchoredBatches[], atMs: () => number) {
  const number = Math.max(...anchors.map(({ blockNumber }) => blockNumber))
  const logs = anchors.map(({ root, origin, count, manifest, ...place }) => ({
    ...calls.encodeEventLog('Anchored', [root, origin, 0, count, manifest]),
    ...{ transactionHash: place.transaction, blockHash: place.blockHash },
    blockNumber: `0x${place.blockNumber.toString(16)}`,
  }))
  return {
    get head() {
      return { number, finalNumber: number, timestamp: atMs() / 1_000 } as ChainEngine['head']
    },
    onHead: () => () => {},
    onReorganised: () => () => {},
    request: async () => logs,
  }
}

interface Forsaken {
  readonly others: readonly Address[]
  readonly isHeldNowhere: boolean
  /** Of the newest block. */
  readonly ageMs?: number
}

/** A hospital that nobody gives anything. */
async function forsaken(
  t: Test,
  anchors: readonly AnchoredBatches[],
  { others, isHeldNowhere, ageMs = 5_000 }: Forsaken,
) {
  const book = await emptyBook(t)
  const clock = new HandClock()
  const replicator = new Replicator(
    {
      hospital: own,
      realm: { chainId: 5, directory: address(), genesis: hex32() },
      contract: address(),
      factor: 'all',
    },
    {
      engine: chainOf(anchors, () => clock.now() - ageMs),
      members: {
        active: [own, ...others].map((operator) => ({ operator })) as never,
        others,
        onChange: () => () => {},
      },
      book,
      fetcher: {
        fetch: async () => {
          clock.forward(1_000)
          return { outcome: 'missing', missing: 1 }
        },
      },
      receiptSigner: keySigner(new Uint8Array(32).fill(3)),
      isAnswering: () => true,
      isHeldNowhere: async () => isHeldNowhere,
      accuse: () => {},
      clock,
      log,
      metrics: new Registry(),
    },
  )
  await replicator.start()
  t.teardown(() => replicator.stop())
  return { book, clock, replicator }
}

t.test(
  'what this hospital anchored and nobody has is lost after a while; what others anchored is not',
  async (t) => {
    const [mine, theirs] = [own, other].map((origin) => anchoredManifest(origin, 3).anchored)
    if (mine === undefined || theirs === undefined) throw new Error('two')
    const { book, clock, replicator } = await forsaken(t, [mine, theirs], {
      others: [other, third],
      isHeldNowhere: true,
    })
    await until(async () => book.wanted === 2)
    t.equal((await book.record(mine))?.state, 'wanted', 'not at once')
    t.equal(book.statements.underReplicated, 2)
    await until(async () => {
      clock.forward(60_000)
      replicator.wake()
      return (await book.record(mine))?.state === 'lost'
    })
    t.equal(book.statements.underReplicated, 0)
    t.match(await book.record(theirs), { state: 'wanted', fault: 'MANIFEST_NOT_SERVED' })
  },
)

for (const [why, given] of [
  ['somebody has something of it, or does not answer', { others: [other], isHeldNowhere: false }],
  ['there is nobody whom to ask', { others: [], isHeldNowhere: true }],
  ['it is behind the chain', { others: [other], isHeldNowhere: true, ageMs: 90_000 }],
] as const) {
  t.test(`nothing is lost while ${why}`, async (t) => {
    const { anchored } = anchoredManifest(own, 3)
    const { book, clock, replicator } = await forsaken(t, [anchored], given)
    await until(async () => book.wanted === 1)
    for (let minute = 0; minute < 60; minute++) {
      clock.forward(60_000)
      replicator.wake()
      await delay(5)
    }
    t.equal((await book.record(anchored))?.state, 'wanted')
  })
}

t.test(
  'of what is lost only the hospital that anchored it is believed, and it has to answer for it',
  async (t) => {
    const book = await emptyBook(t)
    const [theirs, mine] = [other, own].map((origin) => anchoredManifest(origin, 3).anchored)
    if (mine === undefined || theirs === undefined) throw new Error('two')
    await book.note(
      [
        { anchored: theirs, isOurs: true, ask: [other] },
        { anchored: mine, isOurs: true, ask: [other] },
      ],
      7,
    )
    const accused: string[] = []
    let asked = 0
    const lost = ({ root, origin }: { root: AnchoredBatches['root']; origin: Address }): Answer => ({
      ...{ root, origin, holding: undefined, anchor: undefined, replacement: undefined },
      isLost: true,
    })
    const witnesses = new Witnesses(
      { hospital: own, needed: 1 },
      {
        members: { others: [other], onChange: () => () => {} },
        book,
        standings: { replacementOf: async () => undefined },
        ask: async (_hospital, _nonce, names) => {
          asked++
          return names.map(lost)
        },
        belief: {
          anchor: async () => ({ outcome: 'nothing' }),
          holding: async () => ({ outcome: 'nothing' }),
        } as never,
        accuse: (hospital, fault) => accused.push(`${hospital} ${fault}`),
        log,
        metrics: new Registry(),
      },
    )
    await witnesses.start()
    t.teardown(() => witnesses.stop())
    await until(async () => asked > 3)
    t.equal((await book.record(theirs))?.state, 'lost')
    t.equal((await book.record(mine))?.state, 'wanted')
    t.same(accused, [`${other} MANIFEST_LOST`], 'once')
  },
)
