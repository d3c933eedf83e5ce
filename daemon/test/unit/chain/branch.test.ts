import t from 'tap'
import { Branch, type Link } from '../../../src/chain/rpc/branch.ts'

const signers = new Set(['a', 'b', 'c'])

/** Blocks from `first` on, sealed by one letter each, in turn if it is a capital; `fork` tells branches apart. */
function links(first: number, sealers: string, fork = '', parentFork = fork): Link[] {
  return [...sealers].map((sealer, index) => ({
    number: first + index,
    hash: `${fork}${first + index}`,
    parentHash: `${index === 0 ? parentFork : fork}${first + index - 1}`,
    timestamp: 0,
    sealer: sealer.toLowerCase(),
    difficulty: sealer === sealer.toLowerCase() ? 1 : 2,
  }))
}

t.test('blocks are final in order, and stay so', async (t) => {
  const finals = (sealers: string) => {
    const branch = new Branch(links(1, sealers.slice(0, 1)))
    return [...sealers].map((sealer, index) => {
      if (index > 0) branch.turnTo(links(index + 1, sealer))
      return branch.finalNumber(signers)
    })
  }
  t.same(finals('ABCABC'), [undefined, 1, 2, 3, 4, 5], 'in turn, the block before the newest')
  t.same(finals('ABacBC'), [undefined, 1, 1, 1, 1, 5], 'the third was late once: its turn has to come again')
  t.same(finals('AcacaCA'), [undefined, undefined, undefined, undefined, 1, 2, 6], 'the second is away')
  t.equal(new Branch(links(1, 'ABCABC')).finalNumber(signers), 5, 'all at once is as one after the other')
})

t.test('the first block of a chain is final, and the only signer’s are', async (t) => {
  const [first] = links(0, 'x')
  const genesis = { ...first, sealer: undefined } as Link
  t.equal(new Branch([genesis]).finalNumber(signers), 0)
  t.equal(new Branch([genesis, ...links(1, 'AAA')]).finalNumber(new Set(['a'])), 3)
})

t.test('where another branch took over, finality goes back to where it left', async (t) => {
  const branch = new Branch(links(1, 'ABCAB'))
  t.equal(branch.finalNumber(signers), 4)
  branch.turnTo(links(4, 'a', 'f', ''))
  t.equal(branch.finalNumber(signers), 3)
  branch.turnTo(links(90, 'A'))
  t.equal(branch.finalNumber(signers), undefined, 'after a gap it begins anew')
  branch.turnTo(links(91, 'BC'))
  t.equal(branch.finalNumber(signers), 91)
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
