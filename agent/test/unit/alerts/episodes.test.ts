import { type Condition, Episodes } from '@hygeia/agent/alerts/episodes'
import { type AlarmState, causeName } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import fc from 'fast-check'
import t from 'tap'

const SILENCE_MS = 120_000
const LOW_SPO2: Condition = {
  cause: { kind: 'low', channel: channelNamed('spo2').name },
  priority: 'medium',
  severity: 1,
  delayMs: 10_000,
  clearMs: 10_000,
}
const NEWS2 = { cause: { kind: 'news2' }, priority: 'medium', severity: 1, delayMs: 0, clearMs: 0 } as const
const CALL = {
  cause: { kind: 'call' },
  priority: 'high',
  severity: 1,
  delayMs: 0,
  clearMs: 0,
  isLatched: true,
} as const

const told = (changes: readonly AlarmState[]) =>
  changes.map(({ cause, priority, isAcknowledged }) =>
    [causeName(cause), priority ?? 'over', ...(isAcknowledged ? ['acknowledged'] : [])].join(' '),
  )

t.test('what holds for its delay is an alarm, what does not is none', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds(LOW_SPO2, 0)
  t.same(episodes.advance(9_999), [])
  episodes.isGone(LOW_SPO2.cause, 9_999)
  t.same(episodes.advance(10_000), [], 'it went in time')
  episodes.holds(LOW_SPO2, 20_000)
  t.same(episodes.advance(29_999), [])
  t.same(told(episodes.advance(30_000)), ['spo2:low medium'])
  t.same(episodes.advance(31_000), [], 'told once')
  t.match(episodes.active, [{ cause: LOW_SPO2.cause, since: 30_000, silentUntil: undefined }])
})

t.test('it is over when it was gone for long enough, not when it flickers', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds({ ...LOW_SPO2, delayMs: 0 }, 0)
  episodes.advance(0)
  episodes.isGone(LOW_SPO2.cause, 1_000)
  episodes.advance(10_999)
  episodes.holds({ ...LOW_SPO2, delayMs: 0 }, 10_999)
  episodes.isGone(LOW_SPO2.cause, 12_000)
  t.same(episodes.advance(21_999), [])
  t.same(told(episodes.advance(22_000)), ['spo2:low over'])
  t.same(episodes.active, [])
})

t.test('acknowledging silences this episode, for a limited time', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds(NEWS2, 0)
  episodes.advance(0)
  t.same(episodes.acknowledge(1_000), ['news2'])
  t.same(told(episodes.advance(1_000)), ['news2 medium acknowledged'])
  t.same(episodes.advance(SILENCE_MS + 999), [])
  t.same(told(episodes.advance(SILENCE_MS + 1_000)), ['news2 medium'], 'it outlasts its silence')
})

t.test('what escalates sounds again, and what eases does not', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds(NEWS2, 0)
  episodes.advance(0)
  episodes.acknowledge(0)
  episodes.advance(0)
  episodes.holds({ ...NEWS2, severity: 2 }, 60_000)
  t.same(told(episodes.advance(60_000)), ['news2 medium'], 'also within its priority')
  episodes.acknowledge(61_000)
  t.same(told(episodes.advance(61_000)), ['news2 medium acknowledged'])
  episodes.holds({ ...NEWS2, severity: 1 }, 62_000)
  t.same(told(episodes.advance(62_000)), ['news2 medium acknowledged'], 'told, and still silent')
})

t.test('what comes back after it was over sounds again', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds(NEWS2, 0)
  episodes.advance(0)
  episodes.acknowledge(0)
  episodes.isGone(NEWS2.cause, 1_000)
  t.same(told(episodes.advance(1_000)), ['news2 over acknowledged'])
  episodes.holds(NEWS2, 2_000)
  t.same(told(episodes.advance(2_000)), ['news2 medium'])
})

t.test('a call stays until somebody sees it, and each call is heard', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds(CALL, 0)
  t.same(told(episodes.advance(0)), ['call high'])
  t.match(episodes.active, [{ priority: 'high' }])
  episodes.acknowledge(5_000)
  t.same(told(episodes.advance(5_000)), ['call over acknowledged'])
  episodes.holds(CALL, 6_000)
  t.same(told(episodes.advance(6_000)), ['call high'])
})

t.test('only the alarm that is named is acknowledged', async (t) => {
  const episodes = new Episodes({ silenceMs: SILENCE_MS })
  episodes.holds(NEWS2, 0)
  episodes.holds(CALL, 0)
  episodes.advance(0)
  t.same(episodes.acknowledge(1, 'news2'), ['news2'])
  t.same(episodes.acknowledge(1, 'spo2:low'), [])
  t.same(
    episodes.active.map(({ cause, silentUntil }) => [cause.kind, silentUntil !== undefined]),
    [
      ['call', false],
      ['news2', true],
    ],
    'the gravest first',
  )
})

t.test('whatever happens: a silence ends, and nothing graver is ever silent unseen', async () => {
  const step = fc.record({
    does: fc.constantFrom('holds', 'gone', 'acknowledge'),
    severity: fc.integer({ min: 1, max: 3 }),
    afterMs: fc.integer({ min: 0, max: 200_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const episodes = new Episodes({ silenceMs: SILENCE_MS })
      let at = 0
      let seen = 0
      let seenAt = Number.NEGATIVE_INFINITY
      for (const { does, severity, afterMs } of steps) {
        at += afterMs
        episodes.advance(at)
        if (episodes.active.length === 0) seen = 0
        if (does === 'holds') episodes.holds({ ...NEWS2, severity }, at)
        if (does === 'gone') episodes.isGone(NEWS2.cause, at)
        if (does === 'acknowledge' && episodes.acknowledge(at).length > 0) {
          seen = Number.POSITIVE_INFINITY
          seenAt = at
        }
        const before = seen
        episodes.advance(at)
        const [episode] = episodes.active
        if (episode?.silentUntil === undefined) continue
        if (before === 0) throw new Error('silent, and nobody acknowledged it')
        if (at - seenAt >= SILENCE_MS) throw new Error('silent for longer than allowed')
      }
    }),
  )
})
