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

const finalOf = (sealers: string, needed = 2, of = signers) =>
  new Branch(links(1, sealers)).finalNumber(needed, of)

t.test('a block sealed in turn is final once a majority sealed it or what follows', async (t) => {
  t.equal(finalOf('ABC'), 2)
  t.equal(finalOf('ABC', 3), 1)
  t.equal(finalOf('ABBB'), 1, 'one signer twice is one')
  t.equal(finalOf('AXXX'), undefined, 'who is no signer does not count')
  t.equal(finalOf('ABC', 1, new Set(['a'])), 1, 'the only signer is bound to each of its blocks')
  t.equal(finalOf('ABa', 2, new Set(['a', 'b'])), 2, 'two have no other beside them')
})

t.test('one that was sealed out of turn waits until no lone signer could outweigh it', async (t) => {
  // A third signer, cut off, may hold one block in the place of the first, in turn: at the same weight the shorter wins.
  t.equal(finalOf('ab'), undefined, '1 + 1 is not more than 2')
  t.equal(finalOf('aB'), undefined, 'the first signer would still turn to the other branch')
  t.equal(finalOf('aBa'), 2, 'now both sealed what is heavier; and the second block was in turn')
  t.equal(finalOf('aba'), undefined, 'the second signer did not seal again')
  t.equal(finalOf('abab'), 1)
  t.equal(finalOf('ababA'), 2)
})

t.test('of five, two others may stand beside the majority', async (t) => {
  const five = new Set(['a', 'b', 'c', 'd', 'e'])
  t.equal(finalOf('ABC', 3, five), undefined, 'the first sealed where it weighs 2, which is not more than 3')
  t.equal(finalOf('ABCD', 3, five), 1)
})

t.test('where another branch was seen, who may have sealed on it has to outweigh that too', async (t) => {
  // The first signer sealed 2, then turned to what the third sealed in its turn; the second went on with the first's.
  const branch = new Branch(links(1, 'Ba'))
  branch.turnTo(links(2, 'C', 'f', ''))
  t.equal(branch.finalNumber(2, signers), 1, 'what is before the fork does not wait')
  branch.turnTo(links(3, 'a', 'f'))
  t.equal(branch.finalNumber(2, signers), 1, 'a majority sealed it, and the third may have left it')
  branch.turnTo(links(4, 'c', 'f'))
  t.equal(branch.finalNumber(2, signers), 1, 'the third did not; 4 is not more than 2 and 2')
  branch.turnTo(links(5, 'a', 'f'))
  t.equal(branch.finalNumber(2, signers), 1, 'the first is bound, the third sealed where it weighed 4')
  branch.turnTo(links(6, 'c', 'f'))
  t.equal(branch.finalNumber(2, signers), 3, 'now the third is, too, and what follows goes as always')
  branch.turnTo(links(7, 'A', 'f'))
  branch.turnTo(links(8, 'B', 'f'))
  t.equal(branch.finalNumber(2, signers), 7, 'as if there had been no other branch')
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
