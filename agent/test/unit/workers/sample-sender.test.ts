import { MessageChannel } from 'node:worker_threads'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import type { SampleMessage } from '../../../src/workers/messages.ts'
import { SampleSender } from '../../../src/workers/sample-sender.ts'
import { clocksOf, NEVER, sample } from '../../support/line.ts'
import { until } from '../../support/until.ts'

function setUp(
  t: { teardown(work: () => unknown): unknown },
  options: { limit?: number; aheadMs?: number; canHold?: boolean } = {},
) {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  const got: SampleMessage[] = []
  port2.on('message', (message: SampleMessage) => got.push(message))
  const { canHold = true } = options
  let held = 0
  const sender = new SampleSender(
    { limit: options.limit ?? 100, alertReserve: 2, aheadMs: options.aheadMs },
    {
      port: port1,
      clocks: () => clocksOf(0),
      hold: canHold
        ? () => {
            held++
            return { [Symbol.dispose]: () => void held-- }
          }
        : undefined,
    },
  )
  const take = (number: number, isDurable = true) => port2.postMessage({ kind: 'taken', number, isDurable })
  const counts = () =>
    got.map((message) => (message.kind === 'chunk' ? message.chunk.samples.length : message.kind))
  return { sender, got, take, counts, isHeld: () => held > 0 }
}

const push = (sender: SampleSender, at: number) => sender.push(sample('pulse', at, 60), NEVER)

t.test('samples of one burst go together, two chunks at a time, and gather meanwhile', async (t) => {
  const { sender, take, counts } = setUp(t)
  for (let at = 0; at < 3; at++) await push(sender, at)
  await until('a chunk', () => counts().length === 1)
  await push(sender, 3)
  await until('another', () => counts().length === 2)
  for (let at = 4; at < 9; at++) await push(sender, at)
  take(1)
  await until('the rest', () => counts().length === 3)
  t.same(counts(), [3, 1, 5])
})

t.test('with no room left the next sample waits, and simulated time with it', async (t) => {
  const { sender, take, counts, isHeld } = setUp(t, { limit: 4 })
  for (let at = 0; at < 2; at++) {
    await push(sender, at)
    await until('a chunk', () => counts().length === at + 1)
  }
  for (let at = 2; at < 5; at++) await push(sender, at)
  let isThrough = false
  const waiting = push(sender, 5).then(() => {
    isThrough = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.same([isThrough, sender.isHeldBack, isHeld()], [false, true, true])
  take(1)
  await waiting
  t.same([sender.isHeldBack, isHeld()], [false, false])
})

t.test('where time cannot be held nobody waits, and alerts have room beyond the others', async (t) => {
  const { sender } = setUp(t, { limit: 2, canHold: false })
  for (let at = 0; at < 2; at++) {
    t.equal(sender.hasRoom(false), true)
    await push(sender, at)
  }
  t.same([sender.hasRoom(false), sender.hasRoom(true)], [false, true])
  for (let at = 2; at < 4; at++) await push(sender, at)
  t.same([sender.hasRoom(true), sender.isHeldBack], [false, false])
})

t.test('where time can be held, samples are never further ahead of the disk than allowed', async (t) => {
  const { sender, take, got, isHeld } = setUp(t, { aheadMs: 2_000 })
  await push(sender, 0)
  let isThrough = false
  const waiting = push(sender, 1_000).then(() => {
    isThrough = true
  })
  await until('it asks', () => got.some((message) => message.kind === 'chunk' && message.chunk.isUrgent))
  t.same([isThrough, isHeld()], [false, true], 'the first samples are watched closer')
  for (const message of [...got]) if (message.kind === 'chunk') take(message.number)
  await waiting
  await push(sender, 1_500)
  t.equal(isHeld(), false)
  // Of the instant at 1000 more might have come after what is on the disk.
  void push(sender, 2_000)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(isHeld(), true)
})

t.test('taken is not durable', async (t) => {
  const { sender, take, got } = setUp(t, { aheadMs: 2_000 })
  await push(sender, 0)
  let isThrough = false
  const waiting = push(sender, 5_000).then(() => {
    isThrough = true
  })
  await until('it asks', () => got.some((message) => message.kind === 'chunk' && message.chunk.isUrgent))
  for (const message of [...got]) if (message.kind === 'chunk') take(message.number, false)
  const before = got.length
  await until('it asks again', () => got.length > before)
  t.equal(isThrough, false)
  for (const message of got.slice(before)) if (message.kind === 'chunk') take(message.number, true)
  await waiting
})

t.test('waiting ends when it is told to stop', async (t) => {
  const { sender } = setUp(t, { limit: 1 })
  const abort = new AbortController()
  const waiting = sender.push(sample('pulse', 9, 60), abort.signal)
  abort.abort()
  await waiting
  t.equal(sender.isHeldBack, false)
})

t.test('time is told when no sample does, and the end after the last sample', async (t) => {
  const { sender, got, counts } = setUp(t)
  sender.tick(500 as MonotonicMs)
  await push(sender, 600)
  sender.tick(700 as MonotonicMs)
  sender.end()
  await until('the end', () => got.length === 3)
  t.same(counts(), [0, 1, 'end'])
  t.match(got[0], { chunk: { at: 500 } })
})
