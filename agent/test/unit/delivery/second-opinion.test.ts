import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import type { Address, Incarnation } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import { SecondOpinion } from '../../../src/delivery/second-opinion.ts'

const [here, there] = [1, 2].map((digit) => `0x${String(digit).repeat(40)}` as Address) as [Address, Address]
const HOUR_MS = 3_600_000

function setUp(...known: readonly Address[]) {
  let now = 0
  const clock = { ...systemClock, monotonic: () => now as MonotonicMs }
  const hospitals = () => known.map((hospital) => ({ hospital }))
  const opinion = new SecondOpinion({ hospitals, clock })
  const isFinal = (reason: RefusalReason, by: Address, id = 1) =>
    opinion.isFinal({
      entry: { id, incarnation: '0x00' as Incarnation, sequence: id, ageMs: undefined },
      reason,
      by,
    })
  return {
    opinion,
    isFinal,
    later: (ms: number) => {
      now += ms
    },
  }
}

t.test('the only hospital has the last word', async (t) => {
  const { isFinal } = setUp(here)
  t.ok(isFinal('WRONG_LABEL', here))
})

t.test('what lies in the batch itself, or what a hospital knows for sure, is final', async (t) => {
  const { isFinal } = setUp(here, there)
  for (const reason of ['MALFORMED', 'BAD_SIGNATURE', 'FORKED', 'SUSPENDED_DEVICE'] as const)
    t.ok(isFinal(reason, here), reason)
})

t.test('what a hospital has not heard of is final when all say so', async (t) => {
  const { opinion, isFinal } = setUp(here, there)
  t.notOk(isFinal('UNKNOWN_DEVICE', here))
  t.notOk(isFinal('UNKNOWN_DEVICE', here), 'once more is no other opinion')
  t.notOk(isFinal('WRONG_LABEL', there, 2), 'nor is that about another batch')
  t.ok(isFinal('WRONG_LABEL', there))
  opinion.settled([1])
  t.notOk(isFinal('WRONG_LABEL', there), 'the number is that of another batch now')
})

t.test('or when one still does after a day', async (t) => {
  const { isFinal, later } = setUp(here, there)
  t.notOk(isFinal('WRONG_LABEL', here))
  later(23 * HOUR_MS)
  t.notOk(isFinal('WRONG_LABEL', here))
  later(HOUR_MS)
  t.ok(isFinal('WRONG_LABEL', here))
})
