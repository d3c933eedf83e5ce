import type { Incarnation } from '@hygeia/protocol/ids'
import type { Priority } from '@hygeia/protocol/sealed/header'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import type { Entry } from '../../../src/spool/spool.ts'
import { Courier, type CourierOptions } from '../../../src/uplink/courier.ts'
import { until } from '../../support/until.ts'

const incarnation = `0x${'aa'.repeat(8)}` as Incarnation

function entry(id: number, priority: Priority = 'vitals'): Entry {
  return {
    id,
    incarnation,
    sequence: id,
    priority,
    digest: new Uint8Array(32).fill(id),
    block: Uint8Array.of(id),
  }
}

/** A courier between a list and an uplink that answers when told to. */
function setUp(entries: Entry[], options: Partial<CourierOptions> = {}) {
  const sent: number[] = []
  const flights = new Map<number, PromiseWithResolvers<void>>()
  const courier = new Courier(
    { inFlight: 2, awaitingLimit: 100, resendAfterMs: 1_000_000, retryLimitMs: 30_000, ...options },
    {
      clock: systemClock,
      outbox: {
        after: (priority, afterId, limit) =>
          entries.filter((one) => one.priority === priority && one.id > afterId).slice(0, limit),
        read: (id) => entries.find((one) => one.id === id),
      },
      uplink: {
        send(block) {
          const id = block[0] ?? 0
          sent.push(id)
          const flight = Promise.withResolvers<void>()
          flights.set(id, flight)
          return flight.promise
        },
      },
    },
  )
  const answer = async (id: number) => {
    flights.get(id)?.resolve()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const lose = async (id: number) => {
    flights.get(id)?.reject(new Error('lost'))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { courier, sent, answer, lose, entries }
}

t.test('so many are on their way, in order, the urgent first', async (t) => {
  const { courier, sent, answer } = setUp([entry(1), entry(2), entry(3, 'rest'), entry(4, 'alert'), entry(5)])
  t.teardown(() => courier.stop())
  courier.pump()
  t.same(sent, [], 'nothing without a link')
  courier.linkChanged(true)
  t.same(sent, [4, 1])
  await answer(4)
  t.same(sent, [4, 1, 2])
  await answer(1)
  await answer(2)
  t.same(sent, [4, 1, 2, 5, 3])
  t.same([...courier.awaiting.keys()], [4, 1, 2])
  t.equal(courier.sent, 3)
})

t.test('an alert that comes later overtakes', async (t) => {
  const { courier, sent, answer, entries } = setUp([1, 2, 3, 4].map((id) => entry(id)))
  t.teardown(() => courier.stop())
  courier.linkChanged(true)
  entries.push(entry(9, 'alert'))
  await answer(1)
  t.same(sent, [1, 2, 9])
})

t.test('what was lost on the way goes again, before the others', async (t) => {
  const { courier, sent, lose } = setUp([1, 2, 3].map((id) => entry(id)))
  t.teardown(() => courier.stop())
  courier.linkChanged(true)
  await lose(1)
  await lose(2)
  t.same(sent, [1, 2], 'not at once')
  courier.linkChanged(false)
  courier.linkChanged(true)
  t.same(sent, [1, 2, 1, 2])
})

t.test('a hospital that fails is left alone for a while, and then tried again', async (t) => {
  const { courier, sent, lose } = setUp([entry(1)])
  t.teardown(() => courier.stop())
  courier.linkChanged(true)
  await lose(1)
  t.same(sent, [1])
  await until('tried again', () => sent.length === 2)
})

t.test(
  'busy means later, whether said before or after the acknowledgement, and never for long',
  async (t) => {
    const { courier, sent, answer } = setUp([entry(1), entry(2)])
    t.teardown(() => courier.stop())
    courier.linkChanged(true)
    courier.busy(1, 30)
    await answer(1)
    t.equal(courier.awaiting.has(1), false)
    await answer(2)
    courier.busy(2, 30)
    t.equal(courier.awaiting.size, 0)
    await until('both again', () => sent.length === 4)
    await answer(1)
    courier.busy(1, 86_400_000)
    courier.busy(77, 1)
    t.same(sent.length, 4)
  },
)

t.test('what left the spool is not sent', async (t) => {
  const { courier, sent, answer, entries } = setUp([entry(1), entry(2), entry(3)])
  t.teardown(() => courier.stop())
  courier.linkChanged(true)
  entries.splice(0, 1)
  courier.settled([1])
  await answer(1)
  t.equal(courier.awaiting.has(1), false, 'a receipt before the acknowledgement')
  t.same(sent, [1, 2, 3])
})

t.test('a receipt that does not come makes it go again, ever more rarely', async (t) => {
  const { courier, sent, answer } = setUp([entry(1)], { resendAfterMs: 20 })
  t.teardown(() => courier.stop())
  courier.linkChanged(true)
  await answer(1)
  await until('again', () => {
    courier.pump()
    return sent.length === 2
  })
  await answer(1)
  t.equal(courier.awaiting.get(1)?.attempt, 1)
})

t.test('with too many receipts outstanding only alerts go', async (t) => {
  const { courier, sent, answer, entries } = setUp(
    [1, 2, 3].map((id) => entry(id)),
    { awaitingLimit: 2 },
  )
  t.teardown(() => courier.stop())
  courier.linkChanged(true)
  await answer(1)
  await answer(2)
  t.same(sent, [1, 2, 3])
  entries.push(entry(4), entry(5, 'alert'))
  courier.pump()
  t.same(sent, [1, 2, 3, 5])
  courier.settled([1, 2])
  await answer(3)
  t.same(sent, [1, 2, 3, 5, 4])
})
