import type { Incarnation } from '@hygeia/protocol/ids'
import { systemClock } from '@hygeia/runtime/clock'
import t, { type Test } from 'tap'
import type { Awaiting } from '../../../src/uplink/courier.ts'
import { Inquirer, type Wanted } from '../../../src/uplink/inquirer.ts'
import { until } from '../../support/until.ts'

const INCARNATION = '0x0011223344556677' as Incarnation
/** Receipts that have room in an answer. */
const ROOM = 20
const PERIOD_MS = 200

function waiting(sequences: readonly number[]): Map<number, Awaiting> {
  const since = systemClock.monotonic() - 60_000
  return new Map(
    sequences.map((sequence) => [
      sequence,
      { id: sequence, incarnation: INCARNATION, sequence, priority: 'vitals', since, attempt: 0 },
    ]),
  )
}

/** A hospital that holds `arrived`, in this order, and answers with what comes first of what was asked for. */
function setUp(t: Test, awaiting: Map<number, Awaiting>, arrived: readonly number[]) {
  let asked = 0
  const inquirer: Inquirer = new Inquirer(
    { periodMs: PERIOD_MS, statusEveryMs: 1_000_000 },
    {
      clock: systemClock,
      awaiting,
      atConnection: () => [],
      question: (wanted) => new TextEncoder().encode(JSON.stringify(wanted ?? null)),
      onFault: (cause) => {
        throw cause
      },
      uplink: {
        pushes: false,
        async ask(question) {
          asked++
          const wanted = JSON.parse(new TextDecoder().decode(question)) as Wanted | null
          if (wanted === null) return
          const answered = arrived.filter((sequence) => sequence >= wanted.from && sequence <= wanted.to)
          const received = answered.slice(0, ROOM).filter((sequence) => awaiting.delete(sequence))
          if (received.length > 0) inquirer.received(awaiting.size > 0)
        },
      },
    },
  )
  t.teardown(() => inquirer.stop())
  inquirer.start()
  inquirer.linkChanged(true)
  inquirer.answered()
  return { asked: () => asked }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

t.test('receipts that are here already take no room from those that are missing', async (t) => {
  // What was sent first got there last, as after an outage; all between it and the newest has its receipt.
  const awaiting = waiting([1, ...upTo(100).slice(60)])
  const { asked } = setUp(t, awaiting, [...upTo(100).slice(1), 1])
  await until('every receipt came', () => awaiting.size === 0)
  t.ok(asked() < 20, `${asked()} questions`)
})

t.test('batches that have no receipt for long do not keep others from theirs', async (t) => {
  const odd = upTo(24).filter((sequence) => sequence % 2 === 1)
  const awaiting = waiting([...odd, 100])
  setUp(t, awaiting, [100])
  await until('the one that is there came', () => !awaiting.has(100))
  t.equal(awaiting.size, odd.length)
})
