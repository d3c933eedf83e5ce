import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { Bounded } from '../../../src/coap/bounded.ts'
import { Echo } from '../../../src/coap/echo.ts'
import { Uploads } from '../../../src/coap/uploads.ts'

const clockAt = () =>
  new SimulatedClock({ startUnix: 0 as UnixMs, startMonotonic: 0 as MonotonicMs, speed: Infinity })
const pass = (clock: SimulatedClock, ms: number) =>
  clock.sleepUntil((clock.monotonic() + ms) as MonotonicMs, new AbortController().signal)

t.test('a bounded map forgets by count, by bytes and by time, the oldest first', async (t) => {
  const clock = clockAt()
  const map = new Bounded<number>({ count: 3, bytes: 100, ttlMs: 1_000 }, { clock })
  for (const number of [1, 2, 3, 4]) map.put(`${number}`, number, 10)
  t.same(
    [1, 2, 3, 4].map((number) => map.get(`${number}`)),
    [undefined, 2, 3, 4],
  )
  map.put('5', 5, 90)
  t.same(
    [4, 5].map((number) => map.get(`${number}`)),
    [4, 5],
  )
  t.equal(map.fill, 1)
  map.put('4', 4, 5)
  map.put('6', 6, 5)
  t.same(
    [4, 5, 6].map((number) => map.get(`${number}`)),
    [4, 5, 6],
    'what is put again counts once, and is young',
  )
  map.put('7', 7, 200)
  t.equal(map.get('7'), undefined, 'what never fits is not kept')
  map.put('8', 8, 1)
  await pass(clock, 999)
  t.equal(map.get('8'), 8)
  await pass(clock, 1)
  t.equal(map.get('8'), undefined)
  t.equal(map.fill, 0)
})

const block = (number: number, hasMore: boolean) => ({ number, hasMore, sizeExponent: 0 })
const sixteen = (fill: number) => Buffer.alloc(16, fill)

t.test('a body comes together from its blocks, also when one is sent twice', async (t) => {
  const uploads = new Uploads({ bodyLimitBytes: 100 }, { clock: clockAt() })
  t.same(uploads.take('a', block(0, true), sixteen(1)), { state: 'more' })
  t.same(uploads.take('b', block(0, true), sixteen(9)), { state: 'more' }, 'beside another')
  t.same(uploads.take('a', block(1, true), sixteen(2)), { state: 'more' })
  t.same(uploads.take('a', block(1, true), sixteen(2)), { state: 'more' }, 'the answer was lost')
  const whole = uploads.take('a', block(2, false), Buffer.from('end'))
  t.same(whole, { state: 'whole', body: Buffer.concat([sixteen(1), sixteen(2), Buffer.from('end')]) })
  t.same(uploads.take('a', block(2, false), Buffer.from('end')), { state: 'refused', reason: 'INCOMPLETE' })
})

t.test('the first block begins a body anew', async (t) => {
  const uploads = new Uploads({ bodyLimitBytes: 100 }, { clock: clockAt() })
  uploads.take('a', block(0, true), sixteen(1))
  uploads.take('a', block(1, true), sixteen(1))
  uploads.take('a', block(0, true), sixteen(2))
  const whole = uploads.take('a', block(1, false), sixteen(3))
  t.same(whole, { state: 'whole', body: Buffer.concat([sixteen(2), sixteen(3)]) })
  t.same(
    uploads.take('c', block(0, false), sixteen(4)),
    { state: 'whole', body: sixteen(4) },
    'one block is all',
  )
})

t.test('a body that is too large is forgotten at once', async (t) => {
  const uploads = new Uploads({ bodyLimitBytes: 40 }, { clock: clockAt() })
  uploads.take('a', block(0, true), sixteen(1))
  uploads.take('a', block(1, true), sixteen(1))
  t.same(uploads.take('a', block(2, true), sixteen(1)), { state: 'refused', reason: 'TOO_LARGE' })
  t.same(uploads.take('a', block(2, false), Buffer.alloc(8)), { state: 'refused', reason: 'INCOMPLETE' })
})

t.test('bodies that nobody ends are forgotten, and their number is told', async (t) => {
  const clock = clockAt()
  const uploads = new Uploads({ bodyLimitBytes: 100 }, { clock })
  uploads.take('first', block(0, true), sixteen(1))
  t.notOk(uploads.isCrowded)
  for (let number = 0; number < 2_000; number++) uploads.take(`${number}`, block(0, true), sixteen(1))
  t.ok(uploads.isCrowded)
  t.same(uploads.take('first', block(1, true), sixteen(1)), { state: 'refused', reason: 'INCOMPLETE' })
  await pass(clock, 60_001)
  t.notOk(uploads.isCrowded, 'an hour later there is room')
})

t.test('an Echo proves its own endpoint, while it is fresh', async (t) => {
  const clock = clockAt()
  const echo = new Echo({ clock })
  const value = echo.challenge('here 1')
  t.notOk(echo.isProven('here 1'))
  t.notOk(echo.prove('here 2', value), 'another endpoint')
  t.notOk(echo.prove('here 1', new Echo({ clock }).challenge('here 1')), 'another key')
  t.notOk(echo.prove('here 1', value.subarray(1)))
  t.notOk(echo.prove('here 1', Buffer.alloc(0)))
  t.ok(echo.prove('here 1', value))
  t.ok(echo.isProven('here 1'))
  t.notOk(echo.isProven('here 2'))
  await pass(clock, 61_000)
  t.notOk(echo.prove('here 1', value), 'a minute later it is stale')
  t.ok(echo.isProven('here 1'), 'but the endpoint is known still')
  await pass(clock, 600_000)
  t.notOk(echo.isProven('here 1'), 'for ten minutes')
})
