import { Thinning } from '@hygeia/agent/sampling/thinning'
import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const PRIORITIES = {
  vitals: 'vitals',
  ecg: 'ecg',
  activity: 'rest',
  environment: 'rest',
  alert: 'alert',
} as const
const SYSTOLIC = channelNamed('systolic').name
const MINUTE = 60_000

const thinningOf = (priorities: ConstructorParameters<typeof Thinning>[0]['priorities'] = PRIORITIES) =>
  new Thinning({ priorities, entered: new Set<ChannelName>([SYSTOLIC]) })
const sample = (channel: string, at: number): Sample => ({
  channel: channelNamed(channel).name,
  at: at as MonotonicMs,
  value: at % 100,
})

/** What is recorded of one channel, at even times. */
function record(thinning: Thinning, channel: string, fromMs: number, toMs: number, periodMs = 1_000) {
  const recorded: Sample[] = []
  for (let at = fromMs; at < toMs; at += periodMs) recorded.push(...thinning.take(sample(channel, at), true))
  return {
    values: recorded.filter(({ value }) => value !== undefined).map(({ at }) => at as number),
    gaps: recorded.filter(({ missing }) => missing === 'not-recorded').map(({ at }) => at as number),
    all: recorded,
  }
}
const countOf = (thinning: Thinning, channel: string) => thinning.notRecorded[channel] ?? 0

t.test('with room enough everything is recorded', async (t) => {
  const thinning = thinningOf()
  const one = sample('room-temperature', 0)
  t.equal(thinning.take(one, true)[0], one)
  t.equal(record(thinning, 'pulse', 0, MINUTE).values.length, 60)
  t.same(thinning.notRecorded, {})
})

t.test('what matters least gives way first, and alerts never do', async (t) => {
  const kept = (step: Parameters<Thinning['become']>[0]) => {
    const thinning = thinningOf()
    thinning.become(step)
    const count = (channel: string, periodMs?: number) =>
      record(thinning, channel, 0, 10 * MINUTE, periodMs).values.length
    return [count('room-temperature'), count('ecg-ii', 4), count('pulse'), count('alarm')]
  }
  t.same(kept('all'), [600, 150_000, 600, 600])
  t.same(kept('rest-thinned'), [10, 150_000, 600, 600])
  t.same(kept('ecg-strips'), [0, 5_000, 600, 600], 'two strips of ten seconds')
  t.same(kept('vitals-thinned'), [0, 0, 10, 600])
  t.same(kept('alerts-only'), [0, 0, 0, 600])
})

t.test('a gap begins with a sample that says why, and what is left out is counted', async (t) => {
  const thinning = thinningOf()
  thinning.become('vitals-thinned')
  const thinned = record(thinning, 'pulse', 0, 3 * MINUTE)
  t.same(thinned.values, [0, MINUTE, 2 * MINUTE])
  t.same(thinned.gaps, [1_000, MINUTE + 1_000, 2 * MINUTE + 1_000])
  t.equal(countOf(thinning, 'pulse'), 177, 'each that is not recorded, the one whose place is taken too')
  thinning.become('alerts-only')
  t.same(record(thinning, 'pulse', 3 * MINUTE, 60 * MINUTE).all, [], 'it is in its gap already')
  thinning.become('all')
  t.equal(record(thinning, 'pulse', 60 * MINUTE, 61 * MINUTE).values.length, 60)
  t.equal(countOf(thinning, 'pulse'), 177 + 57 * 60)
})

t.test('an ECG is kept in whole strips', async (t) => {
  const thinning = thinningOf()
  thinning.become('ecg-strips')
  const { values, gaps } = record(thinning, 'ecg-ii', 0, 10 * MINUTE, 4)
  t.equal(values.filter((at) => at >= 5 * MINUTE && at < 5 * MINUTE + 10_000).length, 2_500)
  t.same(gaps, [10_000, 5 * MINUTE + 10_000])
})

t.test(
  'what people enter by hand is recorded, and what the user made as urgent as an alert gives way',
  async (t) => {
    const thinning = thinningOf({ ...PRIORITIES, ecg: 'alert' })
    thinning.become('alerts-only')
    t.equal(record(thinning, SYSTOLIC, 0, MINUTE).values.length, 60)
    t.same(record(thinning, 'ecg-ii', 0, MINUTE).values, [])
    thinning.retune({ ...PRIORITIES, environment: 'vitals' })
    thinning.become('vitals-thinned')
    t.same(record(thinning, 'room-temperature', 0, MINUTE).values, [0])
  },
)

t.test('without any room nothing goes on, and the gap is told when there is again', async (t) => {
  const thinning = thinningOf()
  t.same(thinning.take(sample('pulse', 1_000), false), [])
  t.same(thinning.take(sample('pulse', 2_000), false), [])
  const press = sample('patient-event', 2_500)
  t.same(thinning.take(press, false), [], 'an alert neither')
  const next = sample('pulse', 3_000)
  t.same(thinning.take(next, true), [{ channel: next.channel, at: 1_000, missing: 'not-recorded' }, next])
  t.same(thinning.notRecorded, { pulse: 2, 'patient-event': 1 })
  t.same(thinning.take(sample('pulse', 4_000), true).length, 1, 'once')
})
