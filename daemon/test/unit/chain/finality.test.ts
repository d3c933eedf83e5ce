import t from 'tap'
import { isFinal } from '../../../src/chain/clique/finality.ts'
import { Branch, type Link } from '../../../src/chain/rpc/branch.ts'
import { ancestors, runCliqueNetwork, type Weather } from './support/clique-network.ts'

/** Sealed by one letter each, in turn if it is a capital. */
const blocks = (sealers: string) =>
  [...sealers].map((sealer) => ({
    sealer: sealer.toLowerCase(),
    difficulty: sealer === sealer.toLowerCase() ? 1 : 2,
  }))

const finalOf = (sealers: string, of = 'abc') => isFinal(blocks(sealers), new Set(of))

t.test('a block in turn is final once another signer sealed on it in turn', async (t) => {
  t.notOk(finalOf('A'), 'the two others may go on without it')
  t.ok(finalOf('AB'))
  t.notOk(finalOf('AXXX'), 'who is no signer does not count')
})

t.test('not by one who sealed on it out of turn and may have sealed elsewhere before', async (t) => {
  // The third may have sealed in the first's place, and the second on that in turn: as heavy, and as long.
  t.notOk(finalOf('Ac'))
  t.notOk(finalOf('Aca'), 'the third could still turn there')
  t.notOk(finalOf('Acac'))
  t.ok(finalOf('AcaBC'), 'now nobody can')
})

t.test('a block out of turn waits until what may stand in its place is outweighed', async (t) => {
  t.notOk(finalOf('ab'))
  t.notOk(finalOf('abab'))
  t.ok(finalOf('ababA'))
  t.notOk(finalOf('cAB'))
  t.ok(finalOf('cABC'))
  t.notOk(finalOf('cab'), 'the first may have sealed in its turn where the third did not')
})

t.test('the only signer’s is final at once; of two, once both sealed', async (t) => {
  t.ok(finalOf('A', 'a'))
  t.notOk(finalOf('A', 'ab'))
  t.ok(finalOf('AB', 'ab'))
})

t.test('where four or five seal, a minority may have helped both branches', async (t) => {
  t.notOk(finalOf('ABCD', 'abcd'))
  t.ok(finalOf('ABCDAB', 'abcd'))
  t.notOk(finalOf('ABCDEAB', 'abcde'))
  t.ok(finalOf('ABCDEABC', 'abcde'))
})

type FinalOf = (branch: Branch, links: readonly Link[], names: ReadonlySet<string>) => number | undefined

const bound: FinalOf = (branch, _, names) => branch.finalNumber(names)

/** The newest block that a majority sealed on. */
const sealedByMajority: FinalOf = (_, links, names) => {
  const sealers = new Set<string | undefined>()
  return links.findLast(({ sealer }) => sealers.add(sealer).size > names.size / 2)?.number
}

/** How many final blocks were replaced at some signer, and what became of the rest. */
function judge(weather: Weather, finalOf: FinalOf) {
  const names = new Set([...'abcdefg'].slice(0, weather.signers))
  const views = new Map<string, { branch: Branch; hash: string; number: number }>()
  let replaced = 0
  const network = runCliqueNetwork(weather, (name, head) => {
    const links = ancestors(head, 60).toReversed()
    const view = views.get(name) ?? { branch: new Branch(links), hash: '', number: 0 }
    views.set(name, view)
    const from = links.findLastIndex(({ number, hash }) => view.branch.holds(number, hash))
    view.branch.turnTo(links.slice(from + 1))
    if (view.number > 0 && !view.branch.holds(view.number, view.hash)) replaced++
    view.number = finalOf(view.branch, links, names) ?? 0
    view.hash = view.branch.hashAt(view.number) ?? ''
  })
  return { ...network, replaced, final: Math.max(...[...views.values()].map(({ number }) => number)) }
}

t.test('what is final at one signer is replaced at none, late as blocks may be', async (t) => {
  const weathers = [
    { signers: 3, delay: 0.3, cuts: 0 },
    { signers: 3, delay: 0.3, cuts: 0.2 },
    { signers: 5, delay: 0.3, cuts: 0.2 },
    { signers: 7, delay: 0.3, cuts: 0.2 },
  ]
  for (const weather of weathers) {
    let wouldBeReplaced = 0
    for (let seed = 1; seed <= 4; seed++) {
      const story = { ...weather, seed, periods: 300 }
      const { replaced, height, final } = judge(story, bound)
      t.equal(replaced, 0, `${weather.signers} signers, story ${seed}: none is`)
      t.ok(height - final < 3 * weather.signers, `and all but the newest ${height - final} are final`)
      wouldBeReplaced += judge(story, sealedByMajority).replaced
    }
    t.ok(wouldBeReplaced > 10, `a majority’s seals alone would not do: ${wouldBeReplaced} were replaced`)
  }
})
