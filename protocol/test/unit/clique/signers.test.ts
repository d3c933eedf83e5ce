import t from 'tap'
import { CliqueSigners } from '../../../src/clique/signers.ts'
import { accountOf, SealedChain } from '../../support/sealed-chain.ts'

/**
 * Block by block: who seals; `+X` or `-X` for a vote on X; `=XY` for a list of signers.
 * Signers, blocks and results as in EIP-225, "Test Cases".
 */
const cases: readonly (readonly [
  what: string,
  signers: string,
  blocks: string,
  result: string,
  epoch?: number,
])[] = [
  ['a single signer, no votes', 'A', 'A', 'A'],
  ['a single signer votes in two: the second needs two votes', 'A', 'A+B B A+C', 'AB'],
  ['two vote in three: the third needs three votes', 'AB', 'A+C B+C A+D B+D C A+E B+E', 'ABCD'],
  ['a single signer drops itself', 'A', 'A-A', ''],
  ['two signers: one cannot drop the other', 'AB', 'A-B', 'AB'],
  ['two signers: both can', 'AB', 'A-B B-B', 'A'],
  ['three signers: two drop the third', 'ABC', 'A-C B-C', 'AB'],
  ['four signers: two are not enough to drop', 'ABCD', 'A-C B-C', 'ABCD'],
  ['four signers: three are', 'ABCD', 'A-D B-D C-D', 'ABC'],
  ['a vote in counts once for a signer', 'AB', 'A+C B A+C B A+C', 'AB'],
  ['several may be voted in at a time', 'AB', 'A+C B A+D B A B+D A B+C', 'ABCD'],
  ['a vote out counts once for a signer', 'AB', 'A-B B A-B B A-B', 'AB'],
  ['several may be voted out at a time', 'ABCD', 'A-C B C A-D B C A B-D C-D A B-C', 'AB'],
  ['votes out of who is dropped are void', 'ABC', 'C-B A-C B-C A-B', 'AB'],
  ['votes in of who is dropped are void', 'ABC', 'C+D A-C B-C A+D', 'AB'],
  ['a change does not carry others with it', 'ABCD', 'A-C B C A-D B-C C A B-D C-D', 'ABC'],
  ['what came to have a majority takes effect on touch', 'ABCD', 'A-C B C A-D B-C C A B-D C-D A C+C', 'AB'],
  ['or loses it on touch', 'ABCD', 'A-C B C A-D B-C C A B-D C-D A B+C', 'ABC'],
  [
    'votes do not outlive a change of who they are on',
    'ABCDE',
    'A+F B+F C+F D-F E-F B-F C-F D+F E+F B-A C-A D-A B+F',
    'BCDEF',
  ],
  ['an epoch ends all votes', 'AB', 'A+C B A=AB B+C', 'AB', 3],
]

const refused: readonly (readonly [
  what: string,
  signers: string,
  blocks: string,
  code: string,
  epoch?: number,
])[] = [
  ['who is no signer cannot seal', 'A', 'B', 'SEALER_NOT_A_SIGNER'],
  ['who sealed just now cannot', 'AB', 'A A', 'SEALED_TOO_SOON'],
  ['an epoch does not change that', 'ABC', 'A B A=ABC A', 'SEALED_TOO_SOON', 3],
  ['an attacker’s signer needs a majority', 'ABC', 'A+X B X', 'SEALER_NOT_A_SIGNER'],
  ['and is not listed by who seals an epoch', 'ABC', 'A B C=ABCX', 'CHECKPOINT_NOT_VOTED', 3],
  ['a list elsewhere is refused', 'ABC', 'A B=ABC', 'CHECKPOINT_MISPLACED', 3],
]

function chainOf(signers: string, blocks: string, epoch?: number): SealedChain {
  const chain = new SealedChain([...signers], epoch)
  for (const text of blocks.split(' ')) {
    const [, by = '', sign, rest = ''] = /^(\w)([-+=])?(\w*)$/.exec(text) ?? []
    if (sign === '=') chain.seal({ by, list: [...rest] })
    else chain.seal({ by, on: rest, isIn: sign === '+' })
  }
  return chain
}

function follow(chain: SealedChain): CliqueSigners {
  const signers = new CliqueSigners(chain.epoch, chain.at(0).header.signers)
  for (const header of chain.run(1)) signers.accept(header)
  return signers
}

for (const [what, signers, blocks, result, epoch] of cases) {
  t.test(what, (t) => {
    const followed = follow(chainOf(signers, blocks, epoch))
    t.same([...followed.current].sort(), [...result].map(accountOf).sort())
    t.end()
  })
}

for (const [what, signers, blocks, code, epoch] of refused) {
  t.test(what, (t) => {
    t.throws(() => follow(chainOf(signers, blocks, epoch)), { code })
    t.end()
  })
}

t.test('difficulty is the sealer’s turn, not a choice', (t) => {
  const chain = new SealedChain(['A', 'B', 'C']).seal({ by: 'A' })
  const other = new SealedChain(['A', 'B', 'C']).seal({ by: 'A', difficulty: 3 - chain.head.difficulty })
  t.doesNotThrow(() => follow(chain))
  t.throws(() => follow(other), { code: 'WRONG_DIFFICULTY' })
  t.end()
})
