import t from 'tap'
import { Nonces } from '../../../src/session/nonces.ts'
import { HandClock } from '../support/hand-clock.ts'

const options = { ttlMs: 60_000, limit: 3 }

t.test('a nonce is good once', async (t) => {
  const nonces = new Nonces(options, { clock: new HandClock() })
  const nonce = nonces.issue()
  t.match(nonce, /^[0-9a-f]{48}$/)
  t.equal(nonces.take(nonce), true)
  t.equal(nonces.take(nonce), false)
})

t.test('a nonce is good for its time', async (t) => {
  const clock = new HandClock()
  const nonces = new Nonces(options, { clock })
  const [first, second] = [nonces.issue(), nonces.issue()]
  clock.forward(59_999)
  t.equal(nonces.take(first), true)
  clock.forward(1)
  t.equal(nonces.take(second), false)
})

t.test('what was not issued here is not good', async (t) => {
  const clock = new HandClock()
  const nonces = new Nonces(options, { clock })
  const nonce = nonces.issue()
  const bent = (nonce[0] === '0' ? '1' : '0') + nonce.slice(1)
  const foreign = new Nonces(options, { clock }).issue()
  for (const other of [
    '',
    'a'.repeat(48),
    bent,
    nonce.toUpperCase() === nonce ? '' : nonce.toUpperCase(),
    `${nonce}00`,
    foreign,
  ]) {
    t.equal(nonces.take(other), false, other)
  }
  t.equal(nonces.take(nonce), true)
})

t.test('memory is bounded: beyond it nothing is taken until some have expired', async (t) => {
  const clock = new HandClock()
  const nonces = new Nonces(options, { clock })
  t.same(
    Array.from({ length: 4 }, () => nonces.take(nonces.issue())),
    [true, true, true, false],
  )
  clock.forward(60_000)
  t.equal(nonces.take(nonces.issue()), true)
})
