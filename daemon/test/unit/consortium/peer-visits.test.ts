import { setImmediate as turn } from 'node:timers/promises'
import type { Address } from '@hygeia/protocol/ids'
import { HOUR_MS } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import type { Member } from '../../../src/consortium/members.ts'
import { PeerVisits } from '../../../src/consortium/peer-visits.ts'

const operator = (digit: number) => `0x${String(digit).repeat(40)}` as Address
const [own, second, third] = [1, 2, 3].map(operator) as [Address, Address, Address]
const member = (of: Address) => ({ operator: of, status: 'active' }) as Member

/** A consortium of its own, and who was visited in it. */
function consortium(...operators: Address[]) {
  const listeners = new Set<() => void>()
  const visited: Address[] = []
  const members = {
    active: operators.map(member),
    onChange(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const become = (...now: Address[]) => {
    members.active = now.map(member)
    for (const listener of listeners) listener()
  }
  return { members, visited, become, listeners }
}

t.test('who is admitted while all rest is visited at once, and nobody visits itself', async (t) => {
  const { members, visited, become, listeners } = consortium(own, second)
  const visit = async (peer: Address) => {
    visited.push(peer)
  }
  const rests: number[] = []
  const restMs = (others: readonly Address[]) => {
    rests.push(others.length)
    return HOUR_MS
  }
  const visits = new PeerVisits({ hospital: own, visit, restMs }, { members, clock: systemClock })
  await visits.start()
  await turn()
  t.same(visited, [second])
  become(own, second, third)
  await turn()
  t.same(visited, [second, second, third])
  t.same(rests, [1, 2])
  await visits.stop()
  t.equal(listeners.size, 0)
})

t.test('who is admitted while another is visited is not forgotten', async (t) => {
  const { members, visited, become } = consortium(own, second)
  const answering = Promise.withResolvers<void>()
  const visit = async (peer: Address) => {
    visited.push(peer)
    await answering.promise
  }
  const visits = new PeerVisits(
    { hospital: own, visit, restMs: () => HOUR_MS },
    { members, clock: systemClock },
  )
  await visits.start()
  become(own, second, third)
  answering.resolve()
  await turn()
  t.same(visited, [second, second, third])
  await visits.stop()
})
