import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { createLog } from '@hygeia/runtime/log'
import t from 'tap'
import { ConsentFollower } from '../../../src/grants/follow.ts'
import type { ConsentEvent, OnChain } from '../../../src/grants/on-chain.ts'

const [old, current] = ['a', 'b'].map((digit) => `0x${digit.repeat(40)}` as Address) as [Address, Address]
const event = (blockNumber: number): ConsentEvent => ({
  kind: 'granted',
  patient: old,
  grant: `0x${'11'.repeat(32)}` as Hex32,
  transaction: `0x${'22'.repeat(32)}` as Hex32,
  blockNumber,
})

/** A chain that a test writes by hand. */
class Chain {
  head = { number: 0, timestamp: 0, finalNumber: 0 }
  consent = current
  events: ConsentEvent[] = []
  isDown = false
  readonly asked: string[] = []
  #listener = () => {}

  onHead(listener: () => void) {
    this.#listener = listener
    return () => {
      this.#listener = () => {}
    }
  }

  turn = (_: { from: number }) => {}

  onReorganised(listener: (turn: { from: number }) => void) {
    this.turn = listener
    return () => {}
  }

  /** A block, and when the follower is through with it. */
  async grow(number: number, finalNumber = number) {
    this.head = { number, timestamp: number, finalNumber }
    this.#listener()
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  get reads() {
    return {
      consent: async () => this.consent,
      events: async (_at: Address, from: number, to: number) => {
        this.asked.push(`${from}-${to}`)
        if (this.isDown) throw new Error('down')
        return this.events.filter(({ blockNumber }) => blockNumber >= from && blockNumber <= to)
      },
    } as unknown as OnChain
  }
}

function follow(chain: Chain, held?: { consent: string; block: number }) {
  const seen: number[] = []
  let cursor = held
  const follower = new ConsentFollower({
    chain,
    onChain: chain.reads,
    cursor: {
      followed: async () => cursor,
      putFollowed: async (consent, block) => {
        cursor = { consent, block }
      },
    },
    onEvent: async ({ blockNumber }) => {
      seen.push(blockNumber)
    },
    onFollowed: async () => {},
    log: createLog('test', 'silent'),
  })
  return { follower, seen, cursor: () => cursor }
}

t.test('what another branch holds in the place of blocks that were followed is told too', async (t) => {
  const chain = new Chain()
  chain.events = [3].map(event)
  const { follower, seen, cursor } = follow(chain)
  await follower.start()
  await chain.grow(9)
  t.same(seen, [3])
  chain.events = [5, 6].map(event)
  chain.turn({ from: 5 })
  await chain.grow(8)
  t.same(seen, [3, 5, 6])
  t.match(cursor(), { block: 8 })
  await chain.grow(9)
  t.same(seen, [3, 5, 6], 'once')
})

t.test('what happened in a time of absence is told first', async (t) => {
  const chain = new Chain()
  chain.events = [3, 7, 9].map(event)
  chain.head = { number: 8, timestamp: 8, finalNumber: 8 }
  const { follower, seen } = follow(chain, { consent: current, block: 5 })
  await follower.start()
  t.same(seen, [7])
  await chain.grow(9)
  t.same(seen, [7, 9])
  await follower.stop()
  await chain.grow(10)
  t.same(chain.asked, ['6-8', '9-9'], 'each block once')
})

t.test('what is not final is waited for', async (t) => {
  const chain = new Chain()
  chain.events = [event(5)]
  const { follower, seen } = follow(chain)
  await follower.start()
  await chain.grow(5, 4)
  t.same(seen, [])
  await chain.grow(6, 5)
  t.same(seen, [5])
  await follower.stop()
})

t.test('a chain that was away is followed from where it was left', async (t) => {
  const chain = new Chain()
  chain.events = [event(2)]
  const { follower, seen } = follow(chain)
  await follower.start()
  chain.isDown = true
  await chain.grow(2)
  t.same(seen, [])
  chain.isDown = false
  await chain.grow(3)
  t.same(seen, [2])
  await follower.stop()
})

t.test('another contract is followed from its beginning', async (t) => {
  const chain = new Chain()
  chain.events = [event(2), event(9)]
  chain.head = { number: 10, timestamp: 10, finalNumber: 10 }
  const { follower, seen, cursor } = follow(chain, { consent: old, block: 10 })
  await follower.start()
  t.same(seen, [2, 9])
  t.same(cursor(), { consent: current, block: 10 })
  await follower.stop()
})
