import { type CliqueHeader, parseCliqueHeader } from '@hygeia/protocol/clique/header'
import { followTrail } from '@hygeia/protocol/clique/trail'
import t from 'tap'
import { accountOf, type BlockOptions, SealedChain } from '../../../../protocol/test/support/sealed-chain.ts'
import { Headers } from '../../../src/prove/headers.ts'
import { gatherTrail } from '../../../src/prove/trail.ts'
import { headersOf } from '../../support/sealed-node.ts'

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
const nameOf = (account: string | undefined) => NAMES.find((name) => accountOf(name) === account) ?? ''

/** Seal up to `length`, each in turn; at some heights they vote. */
function sealTo(
  chain: SealedChain,
  length: number,
  votes: Readonly<Record<number, Partial<BlockOptions>>> = {},
) {
  while (chain.head.number < length) {
    const number = chain.head.number + 1
    const sorted = [...chain.signers].sort()
    // Who sealed just now may not, when the set has changed under it.
    const recent = chain.run(Math.max(0, number - Math.floor(sorted.length / 2)), number - 1)
    const turn = sorted.map((_, index) => sorted[(number + index) % sorted.length])
    const by = turn.find((account) => recent.every(({ sealer }) => sealer !== account))
    chain.seal({ by: nameOf(by), ...votes[number] })
  }
  return chain
}

/** Everybody who may seal votes the same from `start` on, as often as it takes. */
const ballot = (start: number, count: number, on: string, isIn: boolean) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [start + index, { on, isIn }]))

async function gather(chain: SealedChain, anchored: number) {
  const { block, runs } = await gatherTrail(new Headers(headersOf(chain)), { epoch: chain.epoch, anchored })
  const parsed: readonly (readonly CliqueHeader[])[] = runs.map((run) => run.map(parseCliqueHeader))
  const final = followTrail({ epoch: chain.epoch, runs: parsed }, chain.genesis, block)
  return { block, final, spans: parsed.map((run) => [run[0]?.number, run.at(-1)?.number]) }
}

t.test('a young chain is given from its genesis on', async (t) => {
  const chain = sealTo(new SealedChain(['A', 'B', 'C']), 20)
  const { block, spans } = await gather(chain, 12)
  t.equal(block, 12)
  t.same(spans, [[0, 13]])
})

t.test('of an older one only what follows the last list of signers', async (t) => {
  const chain = sealTo(new SealedChain(['A', 'B', 'C'], 10), 60)
  const { block, spans } = await gather(chain, 43)
  t.equal(block, 43)
  t.same(spans, [
    [0, 0],
    [40, 44],
  ])
})

t.test('far from the last list, the next one is proven instead', async (t) => {
  const chain = sealTo(new SealedChain(['A', 'B', 'C'], 300), 305)
  const { block, spans } = await gather(chain, 290)
  t.equal(block, 300)
  t.same(spans, [
    [0, 0],
    [300, 301],
  ])
  const young = sealTo(new SealedChain(['A', 'B', 'C'], 300), 295)
  t.same((await gather(young, 290)).spans, [[0, 291]], 'when it is there')
})

t.test('signers who changed bit by bit hand over in steps', async (t) => {
  const chain = new SealedChain(['A', 'B', 'C'], 20)
  sealTo(chain, 20, { ...ballot(1, 4, 'D', true), ...ballot(8, 4, 'A', false) })
  sealTo(chain, 40, { ...ballot(21, 4, 'E', true), ...ballot(28, 4, 'B', false) })
  sealTo(chain, 65, { ...ballot(41, 4, 'F', true), ...ballot(48, 4, 'C', false) })
  t.same([...chain.signers].sort(), ['D', 'E', 'F'].map(accountOf).sort())
  const { spans, final } = await gather(chain, 62)
  t.same(final.signers, chain.signers)
  t.same(
    spans.map(([start]) => start),
    [0, 20, 40, 60],
    'each by a list that most of those before it are on',
  )
})

t.test('signers who all changed within an epoch hand over by all of its headers', async (t) => {
  const chain = new SealedChain(['A', 'B', 'C'], 40)
  sealTo(chain, 45, {
    ...ballot(1, 4, 'D', true),
    ...ballot(8, 4, 'A', false),
    ...ballot(14, 4, 'E', true),
    ...ballot(20, 4, 'B', false),
    ...ballot(26, 4, 'F', true),
    ...ballot(32, 4, 'C', false),
  })
  t.same([...chain.signers].sort(), ['D', 'E', 'F'].map(accountOf).sort())
  const { spans, final } = await gather(chain, 42)
  t.same(spans, [
    [0, 40],
    [40, 43],
  ])
  t.same(final.signers, chain.signers)
})

t.test('a block that is not final yet is told', async (t) => {
  const chain = sealTo(new SealedChain(['A', 'B', 'C']), 12)
  await t.rejects(gather(chain, 12), { code: 'NOT_FINAL_YET', detail: { block: 12 } })
})

t.test('lists of signers elsewhere than was said are told', async (t) => {
  const chain = sealTo(new SealedChain(['A', 'B', 'C'], 10), 30)
  const guess = (epoch: number, anchored: number) =>
    gatherTrail(new Headers(headersOf(chain)), { epoch, anchored })
  await t.rejects(guess(30_000, 12), { code: 'WRONG_EPOCH', detail: { block: 10 } })
  await t.rejects(guess(7, 15), { code: 'WRONG_EPOCH', detail: { block: 7 } })
})

t.test('a node that answers something else is told', async (t) => {
  const chain = sealTo(new SealedChain(['A', 'B', 'C']), 5)
  const node = headersOf(chain)
  const other = {
    send: async (method: string, params: unknown[]) => {
      const answer = await node.send(method, params)
      return typeof answer === 'object' ? { ...answer, gasUsed: '0x1' } : answer
    },
  }
  const gathering = gatherTrail(new Headers(other), { epoch: 30_000, anchored: 3 })
  await t.rejects(gathering, { code: 'NODE_ANSWER', detail: { method: 'eth_getBlockByNumber' } })
  const mute = { send: async () => null }
  await t.rejects(gatherTrail(new Headers(mute), { epoch: 30_000, anchored: 3 }), { code: 'NODE_ANSWER' })
})
