import { getEventListeners } from 'node:events'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { asLabel } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { Sight } from '../../../src/api/live/sight.ts'
import { liveStream } from '../../../src/api/live/stream.ts'
import type { ListedBatch, LiveEvent } from '../../../src/api/ports.ts'
import { NumberedRing } from '../../../src/live/ring.ts'

const patient = `0x${'a'.repeat(40)}` as Address
const device = `0x${'d'.repeat(40)}` as Address
const batch = (sequence: number): ListedBatch => ({
  ...{ device, sequence, label: asLabel('vitals/2026-01/0'), incarnation: `0x${'0'.repeat(16)}` as never },
  ...{ from: 0 as UnixMs, to: 1 as UnixMs, isDated: true, priority: 'vitals', state: 'stored' },
  digest: new Uint8Array(32).fill(sequence),
})
const told = (sequence: number): LiveEvent => ({ kind: 'batch', patient, batch: batch(sequence) })

/** A hospital's events, and what one patient is told of them. */
function open({ limit = 100, heartbeatMs = 10_000 } = {}) {
  const ring = new NumberedRing<LiveEvent>(limit, () => 1)
  const live = {
    life: 'aa',
    get first() {
      return ring.first
    },
    get last() {
      return ring.last
    },
    get: (number: number) => ring.get(number),
    onAdded: (wake: () => void) => ring.onAdded(wake),
  }
  const erased = new Set<number>()
  const batches = {
    findMany: async (digests: readonly Uint8Array[]) =>
      digests.map(([sequence = 0]) => (erased.has(sequence) ? undefined : batch(sequence))),
    blocks: async () => [],
    list: async () => ({ batches: [], next: undefined }),
  }
  const who = { account: patient, roles: new Set(['patient'] as const), expires: 0 as UnixMs }
  const grants = { of: async () => [], find: async () => undefined } as never
  const sight = new Sight(who, { grants, devices: { device: () => undefined, devicesOf: () => [] } })
  const ended = new AbortController()
  let isSignedIn = true
  return {
    ring,
    erased,
    ended,
    signOut: () => {
      isSignedIn = false
    },
    stream: (after?: string) =>
      liveStream(
        { after, heartbeatMs, isSignedIn: () => isSignedIn },
        { live, sight, batches },
        ended.signal,
      ),
  }
}

t.test('a batch that was erased meanwhile is not told to who comes back', async (t) => {
  const { ring, erased, stream } = open()
  for (const sequence of [1, 2, 3]) ring.add(told(sequence))
  erased.add(2)
  const reader = stream('aa-0')
  t.match((await reader.next()).value, '"isResumed":true')
  const { value: text = '' } = await reader.next()
  t.same(
    [...String(text).matchAll(/"sequence":(\d)/g)].map(([, sequence]) => sequence),
    ['1', '3'],
  )
  t.match(text, 'id: aa-3')
})

t.test('a reader that is too late for what comes next is ended', async (t) => {
  const { ring, stream } = open({ limit: 5 })
  const reader = stream()
  await reader.next()
  for (let sequence = 0; sequence < 6; sequence++) ring.add(told(sequence))
  t.same(await reader.next(), { value: undefined, done: true })
})

t.test('nothing is told once the session is over', async (t) => {
  const { ring, stream, signOut } = open()
  const reader = stream()
  await reader.next()
  const next = reader.next()
  signOut()
  ring.add(told(1))
  t.same(await next, { value: undefined, done: true })
})

t.test('a stream that waits for hours holds no more than one that has just begun', async (t) => {
  const { stream, ended } = open({ heartbeatMs: 1 })
  const reader = stream()
  for (let count = 0; count < 50; count++) await reader.next()
  t.equal(getEventListeners(ended.signal, 'abort').length, 0)
  const last = reader.next()
  ended.abort()
  const { done } = await last
  t.ok(done === true || (await reader.next()).done)
})

t.test('grants are told to both parties, and to nobody else', async (t) => {
  const { ring, stream } = open()
  const reader = stream()
  await reader.next()
  const other = `0x${'b'.repeat(40)}` as Address
  const hash = (digit: string) => `0x${digit.repeat(64)}` as Hex32
  const change = { kind: 'grant' as const, standing: 'revoked' as const }
  ring.add({ ...change, patient: other, physician: other, hash: hash('1') })
  ring.add({ ...change, patient, physician: other, hash: hash('2') })
  const { value: text = '' } = await reader.next()
  t.match(text, hash('2'))
  t.notMatch(text, hash('1'))
})
