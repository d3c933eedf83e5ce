import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Head, Reorganisation } from '../../../src/chain/engine.ts'
import type { Branch, Link } from '../../../src/chain/rpc/branch.ts'
import { HeadFollower } from '../../../src/chain/rpc/follower.ts'
import type { Rule } from '../../../src/chain/rpc/rules.ts'

const BEFORE = 20
/** More than are fetched one by one. */
const GAP = 600

/** Blocks that two signers seal in turn, so that one is final with the next; what is sealed from `from` on is another branch's. */
class Node implements Rule {
  readonly finality = { rule: 'signers', needed: 2 } as const
  readonly signers = ['0xa', '0xb']
  readonly depth = 12
  readonly #links: Link[] = []

  seal(count: number, branch: string): void {
    for (let sealed = 0; sealed < count; sealed++) {
      const number = this.#links.length
      this.#links.push({
        number,
        hash: `${branch}${number}`,
        parentHash: this.#links.at(-1)?.hash ?? 'none',
        timestamp: number,
        sealer: this.signers[number % 2],
        difficulty: 2,
      })
    }
  }

  forget(from: number): void {
    this.#links.splice(from)
  }

  async open(): Promise<void> {}

  async linkAt(block: number | 'latest'): Promise<Link> {
    return this.#known(block === 'latest' ? this.#links.at(-1) : this.#links[block])
  }

  async linkOf(hash: string): Promise<Link> {
    return this.#known(this.#links.find((link) => link.hash === hash))
  }

  async finalAt({ tip }: Branch): Promise<number> {
    return tip.number - 1
  }

  #known(link: Link | undefined): Link {
    if (link === undefined) throw new Error('no such block')
    return link
  }
}

async function followed(t: Test, node: Node) {
  const heads: Head[] = []
  const turns: Reorganisation[] = []
  const follower = new HeadFollower(
    { pollMs: 5 },
    {
      transport: { call: async () => undefined, close: async () => {} },
      rule: node,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      onFinal: async () => {},
      onHead: (head) => heads.push(head),
      onReorganised: (turn) => turns.push(turn),
    },
  )
  await follower.start()
  t.teardown(() => follower.stop())
  const reached = async (number: number) => {
    while (follower.head?.number !== number) await delay(5)
  }
  return { heads, turns, reached, follower }
}

t.test('who was cut off for long lost only the block that was sealed alone', async (t) => {
  const node = new Node()
  node.seal(BEFORE, 'a')
  const { turns, reached, follower } = await followed(t, node)
  t.equal(follower.head?.finalNumber, BEFORE - 2)
  node.forget(BEFORE - 1)
  node.seal(GAP, 'b')
  await reached(BEFORE + GAP - 2)
  t.same(turns, [{ from: BEFORE - 1, isPastFinality: false }])
  t.equal(follower.head?.finalNumber, BEFORE + GAP - 3)
})

t.test(
  'where what was final is another block after a long absence, all that is known is in doubt',
  async (t) => {
    const node = new Node()
    node.seal(BEFORE, 'a')
    const { turns, reached } = await followed(t, node)
    node.forget(BEFORE - 2)
    node.seal(GAP, 'b')
    await reached(BEFORE + GAP - 3)
    t.same(turns, [{ from: BEFORE - 12, isPastFinality: true }])
  },
)

t.test('a chain that only grew meanwhile turned nowhere', async (t) => {
  const node = new Node()
  node.seal(BEFORE, 'a')
  const { turns, heads, reached } = await followed(t, node)
  node.seal(GAP, 'a')
  await reached(BEFORE + GAP - 1)
  t.same(turns, [])
  t.equal(heads.length, 1 + node.depth, 'of so many only the newest are told')
})
