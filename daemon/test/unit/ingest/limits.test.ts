import { refusalSigner } from '@hygeia/protocol/device-link/refusal'
import type { Hex32 } from '@hygeia/protocol/ids'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { Gate } from '../../../src/ingest/gate.ts'
import { Limiter } from '../../../src/ingest/limiter.ts'
import { Refuser } from '../../../src/ingest/refuser.ts'
import { seeded, seededSigner } from '../../corpus/world.ts'

const clockAt = () =>
  new SimulatedClock({ startUnix: 0 as UnixMs, startMonotonic: 0 as MonotonicMs, speed: Infinity })
const pass = (clock: SimulatedClock, ms: number) =>
  clock.sleepUntil((clock.monotonic() + ms) as MonotonicMs, new AbortController().signal)

t.test('a limiter gives each key its burst, then its rate', async (t) => {
  const clock = clockAt()
  const limiter = new Limiter({ perSecond: 2, burst: 3, keys: 10 }, { clock })
  const takes = (key: string, count: number) => Array.from({ length: count }, () => limiter.take(key))
  t.same(takes('a', 4), [true, true, true, false])
  t.same(takes('b', 1), [true], 'another has its own')
  await pass(clock, 499)
  t.same(takes('a', 1), [false])
  await pass(clock, 1)
  t.same(takes('a', 2), [true, false])
  await pass(clock, 60_000)
  t.same(takes('a', 4), [true, true, true, false], 'never more than the burst')
})

t.test('a limiter remembers so many keys, those used last', async (t) => {
  const limiter = new Limiter({ perSecond: 1, burst: 1, keys: 2 }, { clock: clockAt() })
  t.ok(limiter.take('a'))
  t.ok(limiter.take('b'))
  t.notOk(limiter.take('a'))
  t.ok(limiter.take('c'), 'b is forgotten')
  t.notOk(limiter.take('a'))
  t.ok(limiter.take('b'))
})

t.test('a gate bounds count, bytes, and each sender', async (t) => {
  const gate = new Gate({ count: 4, bytes: 100, countEach: 2 })
  const first = gate.enter('a', 10)
  const second = gate.enter('a', 10)
  t.ok(first && second)
  t.equal(gate.enter('a', 10), undefined, 'one sender leaves room for others')
  const big = gate.enter('b', 80)
  t.ok(big)
  t.equal(gate.enter('c', 1), undefined, 'no bytes are left')
  big?.()
  const third = gate.enter('c', 1)
  const fourth = gate.enter('d', 1)
  t.ok(third && fourth)
  t.equal(gate.enter('e', 1), undefined, 'no places are left')
  t.same([gate.count, gate.bytes], [4, 22])
  for (const leave of [first, second, third, fourth]) leave?.()
  t.same([gate.count, gate.bytes], [0, 0])
  t.ok(gate.enter('a', 100))
})

t.test('a refuser signs each refusal once, and so many a second for one source', async (t) => {
  const clock = clockAt()
  const receiptSigner = seededSigner('receipt')
  let signed = 0
  const counting = {
    address: receiptSigner.address,
    sign: (digest: Uint8Array) => {
      signed++
      return receiptSigner.sign(digest)
    },
  }
  const hospital = seededSigner('hospital').address
  const realm = { chainId: 7, directory: hospital, genesis: `0x${'55'.repeat(32)}` as Hex32 }
  const refuser = new Refuser({ realm, hospital, signaturesPerSecond: 2 }, { receiptSigner: counting, clock })
  const digest = (number: number) => seeded(`${number}`, 32)
  const first = refuser.refuse(digest(1), 'MALFORMED', 'a')
  if (first.kind !== 'refused') return t.fail('not refused')
  t.equal(refusalSigner(realm, first.refusal, recoverAddress), receiptSigner.address)
  t.same(refuser.refuse(digest(1), 'MALFORMED', 'a'), first)
  t.equal(signed, 1, 'sending the same junk again costs nothing')
  t.not(refuser.refuse(digest(1), 'FORKED', 'a'), first, 'another reason is another refusal')
  const many = Array.from({ length: 10 }, (_, index) => refuser.refuse(digest(index + 2), 'MALFORMED', 'a'))
  t.same(
    many.map(({ kind }) => kind).filter((kind) => kind === 'refused').length,
    2,
    'twice the rate at first',
  )
  t.match(many.at(-1), { kind: 'busy' }, 'the others hear BUSY, and the truth later')
  t.match(refuser.refuse(digest(100), 'MALFORMED', 'b'), { kind: 'refused' }, 'another source has its own')
  await pass(clock, 1_000)
  t.match(refuser.refuse(digest(200), 'MALFORMED', 'a'), { kind: 'refused' })
})
