import t from 'tap'
import { followTrail, type Run } from '../../../src/clique/trail.ts'
import { parseHex32 } from '../../../src/ids.ts'
import { accountOf, type BlockOptions, SealedChain } from '../../support/sealed-chain.ts'

const EPOCH = 10

/** In the order of their addresses, so that block n is the turn of number n modulo 3. */
const [P = '', Q = '', R = ''] = ['A', 'B', 'C'].sort((a, b) => (accountOf(a) < accountOf(b) ? -1 : 1))
const NAMES = [P, Q, R, 'D', 'E']

/** Whoever's turn it is, up to `length`. */
function inTurn(length: number, chain = new SealedChain([P, Q, R], EPOCH)): SealedChain {
  while (chain.head.number < length) {
    const sorted = [...chain.signers].sort()
    const turn = sorted[(chain.head.number + 1) % sorted.length]
    chain.seal({ by: NAMES.find((name) => accountOf(name) === turn) ?? '' })
  }
  return chain
}

/** Honest up to `length`, then `blocks` as they are. */
function then(length: number, ...blocks: readonly BlockOptions[]): SealedChain {
  const chain = inTurn(length)
  for (const block of blocks) chain.seal(block)
  return chain
}

/** D and E are voted in after block 10. */
const chainOfFive = () =>
  then(
    10,
    { by: R, on: 'D', isIn: true },
    { by: P, on: 'D', isIn: true },
    { by: Q, on: 'E', isIn: true },
    { by: 'D', on: 'E', isIn: true },
    { by: R, on: 'E', isIn: true },
  )

const follow = (chain: SealedChain, runs: readonly Run[], block: number) =>
  followTrail({ epoch: EPOCH, runs }, chain.genesis, block)

const honest = inTurn(34)

t.test('a block is final once a majority sealed it or what follows', (t) => {
  const { header, sealers, signers } = follow(honest, [honest.run(0, 6)], 5)
  t.equal(header.hash, honest.at(5).header.hash)
  t.equal(sealers.size, 2)
  t.equal(signers.size, 3)
  t.throws(() => follow(honest, [honest.run(0, 5)], 5), {
    code: 'NOT_FINAL',
    detail: { sealed: 1, needed: 2 },
  })
  t.end()
})

t.test('a later checkpoint is reached by who is known, without the headers between', (t) => {
  const { header } = follow(honest, [honest.run(0, 0), honest.run(30, 31)], 30)
  t.equal(header.number, 30)
  t.throws(() => follow(honest, [honest.run(0, 0), honest.run(30, 30)], 30), {
    code: 'HANDOVER_NOT_SEALED',
    detail: { block: 30, sealed: 1, needed: 2 },
  })
  t.end()
})

t.test('headers must follow one another', (t) => {
  const [gap, back, twice] = [
    [...honest.run(0, 3), ...honest.run(5, 8)],
    honest.run(0, 8).toReversed(),
    [...honest.run(0, 3), ...honest.run(3, 8)],
  ]
  t.throws(() => follow(honest, [gap], 7), { code: 'HEADER_NOT_NEXT', detail: { block: 5 } })
  t.throws(() => follow(honest, [back], 7), { code: 'WRONG_GENESIS' })
  t.throws(() => follow(honest, [twice], 7), { code: 'HEADER_NOT_NEXT' })
  const early = then(4, { by: R, timestamp: 4 })
  t.throws(() => follow(early, [early.run(0)], 4), { code: 'HEADER_NOT_NEXT', detail: { block: 5 } })
  const elsewhere = then(4, { by: R, parentHash: honest.at(3).header.hash })
  t.throws(() => follow(elsewhere, [elsewhere.run(0)], 4), { code: 'HEADER_NOT_NEXT', detail: { block: 5 } })
  t.throws(() => follow(honest, [honest.run(0, 0), honest.run(20, 22), honest.run(10, 12)], 10), {
    code: 'HEADER_NOT_NEXT',
  })
  t.end()
})

t.test('another genesis, no headers, or not those asked for', (t) => {
  const other = parseHex32(`0x${'11'.repeat(32)}`)
  t.throws(() => followTrail({ epoch: EPOCH, runs: [honest.run(0, 6)] }, other, 5), { code: 'WRONG_GENESIS' })
  t.throws(() => follow(honest, [], 5), { code: 'WRONG_GENESIS' })
  t.throws(() => follow(honest, [[]], 5), { code: 'WRONG_GENESIS' })
  t.throws(() => follow(honest, [honest.run(0, 6)], 7), { code: 'BLOCK_MISSING' })
  t.throws(() => follow(honest, [honest.run(0, 6), honest.run(10, 13)], 5), { code: 'BLOCK_MISSING' })
  t.throws(() => follow(honest, [honest.run(0, 0), []], 5), { code: 'CHECKPOINT_MISPLACED' })
  t.throws(() => follow(honest, [honest.run(0, 0), honest.run(11, 14)], 12), { code: 'CHECKPOINT_MISPLACED' })
  t.end()
})

t.test('whoever an attacker seals with, it is refused', (t) => {
  const stranger = then(5, { by: 'X' }, { by: P })
  t.throws(() => follow(stranger, [stranger.run(0)], 5), {
    code: 'SEALER_NOT_A_SIGNER',
    detail: { block: 6, sealer: accountOf('X') },
  })
  const alone = then(9, { by: Q, list: [Q, 'X', 'Y'] }, { by: 'X' }, { by: 'Y' })
  t.throws(() => follow(alone, [alone.run(0, 0), alone.run(10)], 10), {
    code: 'HANDOVER_NOT_SEALED',
    detail: { block: 10, sealed: 1, needed: 2 },
  })
  t.throws(() => follow(alone, [alone.run(0)], 10), { code: 'CHECKPOINT_NOT_VOTED', detail: { block: 10 } })
  const voted = then(3, { by: Q, on: 'X', isIn: true }, { by: R }, { by: 'X' })
  t.throws(() => follow(voted, [voted.run(0)], 5), { code: 'SEALER_NOT_A_SIGNER', detail: { block: 6 } })
  t.end()
})

t.test('signers who were voted in count, and then more are needed', (t) => {
  const chain = chainOfFive()
  t.equal(chain.signers.size, 5)
  const early = [chain.run(0, 0), chain.run(10, 13)]
  t.throws(() => follow(chain, early, 12), { code: 'NOT_FINAL', detail: { sealed: 2, needed: 3 } })
  const now = follow(chain, [chain.run(0, 0), chain.run(10, 15)], 13)
  t.same([...now.sealers], [Q, 'D', R].map(accountOf), 'three of five')
  t.throws(() => follow(chain, [chain.run(0, 0), chain.run(10, 15)], 14), {
    code: 'NOT_FINAL',
    detail: { sealed: 2, needed: 3 },
  })
  const middle = [chain.run(0, 0), chain.run(10, 15)]
  const later = inTurn(33, chain)
  t.doesNotThrow(() => follow(later, [later.run(0, 0), later.run(30, 33)], 31), 'and the new ones take over')
  const [one = '', two = ''] = [P, Q, R].filter((name) => later.run(29, 29)[0]?.sealer !== accountOf(name))
  const taken = inTurn(29, chainOfFive())
    .seal({ by: one, list: [one, two] })
    .seal({ by: two })
  t.throws(() => follow(taken, [...middle, taken.run(30)], 30), {
    code: 'HANDOVER_NOT_SEALED',
    detail: { block: 30, sealed: 2, needed: 3 },
  })
  t.end()
})
