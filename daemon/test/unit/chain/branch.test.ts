import t from 'tap'
import { Branch, type Link } from '../../../src/chain/rpc/branch.ts'

const signers = new Set(['a', 'b', 'c'])

/** Blocks from `first` on, sealed by one letter each; `fork` tells branches apart. */
function links(first: number, sealers: string, fork = '', parentFork = fork): Link[] {
  return [...sealers].map((sealer, index) => ({
    number: first + index,
    hash: `${fork}${first + index}`,
    parentHash: `${index === 0 ? parentFork : fork}${first + index - 1}`,
    timestamp: 0,
    sealer,
  }))
}

t.test('a block is final once enough distinct signers stand behind it', async (t) => {
  t.equal(new Branch(links(1, 'abc')).finalNumber(2, signers), 2)
  t.equal(new Branch(links(1, 'abcb')).finalNumber(3, signers), 1)
  t.equal(new Branch(links(1, 'abbb')).finalNumber(2, signers), 1, 'one signer twice is one')
  t.equal(new Branch(links(1, 'axxx')).finalNumber(2, signers), undefined, 'who is no signer does not count')
  t.equal(new Branch(links(1, 'abc')).finalNumber(1, signers), 3)
})

t.test('growing replaces nothing', async (t) => {
  const branch = new Branch(links(5, 'ab'))
  t.same(branch.turnTo(links(7, 'c')).replacedFrom, undefined)
  t.equal(branch.tip.number, 7)
  t.equal(branch.oldest, 5)
})

t.test('a fork replaces from its first block on', async (t) => {
  const branch = new Branch(links(5, 'abca'))
  t.same(branch.turnTo(links(7, 'bc', 'f', '')).replacedFrom, 7)
  t.ok(branch.holds(6, '6'))
  t.ok(branch.holds(7, 'f7'))
  t.notOk(branch.holds(7, '7'))
})

t.test('another head of the same height, and a shorter branch, are forks too', async (t) => {
  const branch = new Branch(links(5, 'abca'))
  t.equal(branch.turnTo(links(8, 'b', 'f', '')).replacedFrom, 8)
  t.equal(branch.turnTo(links(7, 'c', 'g', '')).replacedFrom, 7)
  t.equal(branch.tip.hash, 'g7')
})

t.test('what does not join begins anew', async (t) => {
  const branch = new Branch(links(5, 'ab'))
  t.same(branch.turnTo(links(500, 'ab')).replacedFrom, undefined)
  t.equal(branch.oldest, 500)
})

t.test('old blocks are forgotten', async (t) => {
  const branch = new Branch(links(1, 'abc'.repeat(200)))
  branch.turnTo(links(601, 'a'))
  t.equal(branch.tip.number, 601)
  t.equal(branch.tip.number - branch.oldest, 255)
})
