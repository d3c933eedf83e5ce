import { Alerts } from '@hygeia/agent/alerts/alerts'
import { WatchConfig } from '@hygeia/agent/alerts/config'
import { alarmFromCode, causeName } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import { scoreFromCode, scoreText } from '@hygeia/protocol/news2/score'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const ADULT = { isSixteenOrOver: true, isPregnant: false }
const CHANNELS = ['pulse', 'spo2'].map(channelNamed)

const options = (config: object) => ({
  ...WatchConfig.parse({ noDataMs: 3_600_000, ...config }),
  channels: CHANNELS,
})
const sample = (channel: string, at: number, value: number): Sample => ({
  channel: channelNamed(channel).name,
  at: at as MonotonicMs,
  value,
})
const told = (samples: readonly Sample[]) =>
  samples.map(({ channel, value = Number.NaN }) => {
    if (channel === 'news2') return `score ${scoreText(scoreFromCode(value) ?? never())}`
    const state = alarmFromCode(value) ?? never()
    return `${causeName(state.cause)} ${state.priority ?? 'over'}`
  })
function never(): never {
  throw new Error('no code')
}
const low = { channel: 'spo2', low: 90, delayMs: 0 }

t.test('other limits hold from the next value on, and an alarm that is on goes on', async (t) => {
  const alerts = new Alerts(options({ thresholds: [low] }))
  t.same(told(alerts.take(sample('spo2', 1_000, 85))), ['spo2:low medium'])
  alerts.watch(
    options({
      thresholds: [
        { ...low, low: 88 },
        { channel: 'pulse', high: 120, delayMs: 0 },
      ],
    }),
    2_000,
  )
  t.equal(alerts.active.length, 1, 'a deploy silences nothing')
  t.same(told(alerts.take(sample('pulse', 2_000, 130))), ['pulse:high medium'])
  t.same(
    told(alerts.take(sample('spo2', 3_000, 89.5))),
    ['spo2:low over'],
    'by the new limit and its hysteresis',
  )
})

t.test('an alarm whose limit is gone is over', async (t) => {
  const alerts = new Alerts(options({ thresholds: [low] }))
  alerts.take(sample('spo2', 1_000, 85))
  alerts.watch(options({}), 2_000)
  t.same(told(alerts.advance(2_001)), ['spo2:low over'])
  t.same(told(alerts.take(sample('spo2', 3_000, 80))), [])
})

t.test('acknowledging silences for as long as is said now', async (t) => {
  const alerts = new Alerts(options({ thresholds: [low], silenceMs: 60_000 }))
  alerts.take(sample('spo2', 1_000, 85))
  alerts.watch(options({ thresholds: [low], silenceMs: 5_000 }), 2_000)
  alerts.acknowledge(2_000)
  t.equal(alerts.active[0]?.silentUntil, 7_000)
})

t.test('another scale is scored at once, of what was measured and entered before', async (t) => {
  const alerts = new Alerts(options({ news2: { ...ADULT, spo2Scale: 1 } }))
  for (let at = 0; at <= 60_000; at += 1_000) {
    alerts.take(sample('spo2', at, 90))
    alerts.take(sample('pulse', at, 70))
  }
  // Scale 1: 91 and less is 3 points; scale 2: 88 to 92 is none. Charts 1 of NEWS2.
  t.same(told(alerts.take(sample('systolic', 61_000, 120))), ['score ≥ 3 (3 of 7)'])
  alerts.watch(options({ news2: { ...ADULT, spo2Scale: 2 } }), 62_000)
  t.same(told(alerts.advance(62_000)), ['score ≥ 0 (3 of 7)'])
  alerts.watch(options({ news2: { ...ADULT, spo2Scale: 2 }, noDataMs: 60_000 }), 63_000)
  t.same(told(alerts.advance(63_000)), [], 'what did not change is not scored anew')
})

t.test('who is not scored any more has no alarm of the score', async (t) => {
  const alerts = new Alerts(options({ news2: { ...ADULT } }))
  const minute = (from: number) => {
    const following: Sample[] = []
    for (let at = from; at < from + 60_000; at += 1_000)
      following.push(...alerts.take(sample('spo2', at, 85)))
    return told(following)
  }
  minute(0)
  t.ok(minute(60_000).includes('news2:spo2 medium'))
  alerts.watch(options({}), 120_000)
  const after = [...minute(120_000), ...minute(180_000)]
  t.same(after, ['news2:spo2 over'], 'and no score comes')
})
