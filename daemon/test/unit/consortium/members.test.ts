import { setTimeout as delay } from 'node:timers/promises'
import { createLog } from '@hygeia/runtime/log'
import { Registry } from 'prom-client'
import t from 'tap'
import { Members, type MembersDeps } from '../../../src/consortium/members.ts'
import { address } from '../replication/support/anchored.ts'

/** A chain on which nothing changes, and that answers once it is let. */
class Chain {
  head = headAt(1)
  asked = 0
  #answering = Promise.resolve()
  #answer = () => {}

  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#answering = promise
    this.#answer = resolve
  }

  answer(): void {
    this.#answer()
  }

  async request(): Promise<unknown> {
    this.asked++
    await this.#answering
    return []
  }

  onHead = () => () => {}
  onReorganised = () => () => {}
}

function headAt(number: number): MembersDeps['engine']['head'] {
  return { number, hash: `0x${number}`, finalNumber: number - 1, timestamp: number, at: 0 as never }
}

async function membersOn(chain: Chain): Promise<Members> {
  const deps = { engine: chain, log: createLog('test', 'silent'), metrics: new Registry() }
  const members = new Members({ directory: address(), hospital: address() }, deps)
  await members.start()
  return members
}

t.test('who waits for a block is done when a newer one is read in its place', async (t) => {
  const chain = new Chain()
  const members = await membersOn(chain)
  chain.hold()
  chain.head = headAt(2)
  const first = members.refresh()
  chain.head = headAt(3)
  const second = members.refresh()
  chain.head = headAt(4)
  chain.answer()
  await Promise.all([first, second])
  const { asked } = chain
  t.equal(asked, 3, 'once at the start, for the second block, and for the fourth')
  await delay(50)
  t.equal(chain.asked, asked, 'and then it rests')
})

t.test('what was read before one asks is not enough, what is read after is', async (t) => {
  const chain = new Chain()
  const members = await membersOn(chain)
  await members.refresh()
  t.equal(chain.asked, 1, 'nothing is new')
  chain.hold()
  chain.head = headAt(2)
  const early = members.refresh()
  chain.head = headAt(3)
  let isDone = false
  const late = members.refresh().then(() => {
    isDone = true
  })
  const answer = chain.answer.bind(chain)
  const beginsAnew = chain.hold.bind(chain)
  answer()
  beginsAnew()
  await early
  await delay(20)
  t.equal(isDone, false)
  chain.answer()
  await late
  t.equal(chain.asked, 3)
})
