import { Alerts } from '@hygeia/agent/alerts/alerts'
import { AlertsConfig } from '@hygeia/agent/alerts/config'
import { alarmFromCode, causeName } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import { scoreFromCode, scoreText } from '@hygeia/protocol/news2/score'
import type { Missing, Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const CHANNELS = ['pulse', 'spo2', 'respiratory-rate', 'body-temperature', 'patient-event'].map(channelNamed)
const ADULT = { isSixteenOrOver: true, isPregnant: false }

/** Nobody misses what a test does not play, unless the test is of that. */
const alertsWith = (config: object) =>
  new Alerts({ ...AlertsConfig.parse({ noDataMs: 3_600_000, ...config }), channels: CHANNELS })
const sample = (channel: string, second: number, value: number | Missing): Sample => {
  const common = { channel: channelNamed(channel).name, at: (second * 1_000) as MonotonicMs }
  return typeof value === 'number' ? { ...common, value } : { ...common, missing: value }
}
const alarmsIn = (samples: readonly Sample[]) =>
  samples
    .filter(({ channel }) => channel === 'alarm')
    .map(({ value = Number.NaN }) => alarmFromCode(value))
    .map((state) => state && `${causeName(state.cause)} ${state.priority ?? 'over'}`)
const scoresIn = (samples: readonly Sample[]) =>
  samples
    .filter(({ channel }) => channel === 'news2')
    .map(({ value = Number.NaN }) => scoreFromCode(value))
    .map((score) => score && scoreText(score))

/** Seconds from `from` to before `to`, with what is measured in each. */
function during(
  alerts: Alerts,
  [from, to]: readonly [number, number],
  values: (second: number) => Readonly<Record<string, number | Missing>>,
): readonly Sample[] {
  const following: Sample[] = []
  for (let second = from; second < to; second++) {
    for (const [channel, value] of Object.entries(values(second))) {
      following.push(...alerts.take(sample(channel, second, value)))
    }
  }
  return following
}

const WELL = { pulse: 70, spo2: 98, 'respiratory-rate': 15 }

t.test('a value beyond its limit alarms after its delay, and is over when it is well within', async (t) => {
  const alerts = alertsWith({ thresholds: [{ channel: 'spo2', low: 90, hysteresis: 2 }] })
  const beyond = during(alerts, [0, 20], () => ({ spo2: 88 }))
  t.same(alarmsIn(beyond), ['spo2:low medium'])
  t.equal(beyond[0]?.at, 10_000)
  t.same(alarmsIn(during(alerts, [20, 60], () => ({ spo2: 91 }))), [], 'within the hysteresis')
  const within = during(alerts, [60, 80], () => ({ spo2: 92 }))
  t.same(alarmsIn(within), ['spo2:low over'])
  t.equal(within[0]?.at, 70_000)
  const flicker = during(alerts, [80, 140], (second) => ({ spo2: second % 8 < 4 ? 85 : 95 }))
  t.same(alarmsIn(flicker), [], 'what comes and goes within its delay is none')
})

t.test('what is suspect or missing is neither beyond nor within', async (t) => {
  const alerts = alertsWith({ thresholds: [{ channel: 'pulse', high: 130, delayMs: 0 }] })
  const suspect = { ...sample('pulse', 1, 290), suspect: true } as Sample
  t.same(alarmsIn(alerts.take(suspect)), [])
  t.same(alarmsIn(alerts.take(sample('pulse', 2, 140))), ['pulse:high medium'])
  t.same(alarmsIn(during(alerts, [3, 30], () => ({ pulse: 'ambiguous' }))), [], 'it does not end it either')
})

t.test('a probe that is off, and a channel that is silent, are alarms of the equipment', async (t) => {
  const alerts = alertsWith({ noDataMs: 60_000 })
  const off = during(alerts, [0, 60], () => ({ ...WELL, spo2: 'probe-off', 'body-temperature': 37 }))
  t.same(alarmsIn(off), ['spo2:probe-off low'])
  const back = during(alerts, [60, 70], () => ({ ...WELL, 'body-temperature': 37 }))
  t.same(alarmsIn(back), ['spo2:probe-off over'])
  const { spo2, ...others } = WELL
  t.same(alarmsIn(during(alerts, [70, 140], () => ({ ...others, 'body-temperature': 37 }))), [
    'spo2:no-data low',
  ])
  t.same(
    new Set(alarmsIn(alerts.advance(400_000))),
    new Set(['pulse:no-data low', 'respiratory-rate:no-data low', 'body-temperature:no-data low']),
    'time alone says so, when nothing comes any more',
  )
})

t.test('a score is of whole minutes, by their medians, and says what is missing', async (t) => {
  const alerts = alertsWith({ news2: ADULT })
  // One wild value in each minute.
  const values = (second: number) => ({ ...WELL, pulse: second % 60 === 30 ? 220 : 70 })
  t.same(scoresIn(during(alerts, [0, 180], values)), ['≥ 0 (3 of 7)', '≥ 0 (3 of 7)'])
  t.equal(alerts.score?.risk, undefined)
  for (const [channel, value] of [
    ['systolic', 120],
    ['consciousness', 0],
    ['oxygen', 0],
  ] as const) {
    alerts.take(sample(channel, 181, value))
  }
  t.same(
    scoresIn(during(alerts, [181, 250], (second) => ({ ...values(second), 'body-temperature': 36.5 }))),
    ['≥ 0 (6 of 7)', '0'].slice(1),
  )
  t.equal(alerts.score?.risk, 'low')
})

t.test('a minute of which less than half is measured has no median', async (t) => {
  const alerts = alertsWith({ news2: ADULT })
  const holes = (second: number) => ({ ...WELL, spo2: second % 60 < 25 ? 98 : ('ambiguous' as const) })
  t.same(scoresIn(during(alerts, [0, 62], holes)), ['≥ 0 (2 of 7)'])
})

t.test('three points in one parameter alarm, complete or not; five and seven escalate', async (t) => {
  const alerts = alertsWith({ news2: ADULT })
  t.same(alarmsIn(during(alerts, [0, 61], () => ({ ...WELL, spo2: 91 }))), ['news2:spo2 medium'])
  alerts.acknowledge(62_000)
  t.same(
    alarmsIn(during(alerts, [62, 121], () => ({ ...WELL, spo2: 91, pulse: 115 }))),
    ['news2 medium'],
    'five or more',
  )
  t.same(
    alarmsIn(during(alerts, [121, 181], () => ({ ...WELL, spo2: 91, pulse: 115, 'respiratory-rate': 22 }))),
    ['news2 high'],
  )
  t.equal(alerts.score?.risk, undefined, 'and still no risk is named')
  t.same(
    new Set(alarmsIn(during(alerts, [181, 400], () => WELL))),
    new Set(['news2 over', 'news2:spo2 medium', 'news2:spo2 over']),
  )
})

t.test('what was entered grows old', async (t) => {
  const alerts = alertsWith({ news2: { ...ADULT, maxAgeMs: { consciousness: 120_000 } } })
  t.same(
    alarmsIn(alerts.take(sample('consciousness', 0, 1))),
    ['news2:consciousness medium'],
    'new confusion is three points',
  )
  const later = during(alerts, [0, 400], () => WELL)
  t.same(scoresIn(later).at(-1), '≥ 0 (3 of 7)')
  t.same(alarmsIn(later), ['news2:consciousness over'])
})

t.test('skin is not scored as body, nor an uncalibrated sensor as an oximeter', async (t) => {
  const channels = [...CHANNELS, channelNamed('skin-temperature'), channelNamed('spo2-uncalibrated')]
  const alerts = new Alerts({ ...AlertsConfig.parse({ news2: ADULT }), channels })
  during(alerts, [0, 61], () => ({ 'skin-temperature': 33, 'spo2-uncalibrated': 80 }))
  t.match(alerts.score, { known: 0, atLeast: 0 })
})

t.test('whoever calls is heard at once, and until somebody saw it', async (t) => {
  const alerts = alertsWith({})
  t.same(alarmsIn(alerts.take(sample('patient-event', 5, 1))), ['call high'])
  t.same(alarmsIn(alerts.acknowledge(9_000).samples), ['call over'])
  t.same(alerts.active, [])
})

t.test('the score is refused for whom it is not made', async (t) => {
  for (const news2 of [
    { isSixteenOrOver: false, isPregnant: false },
    { isSixteenOrOver: true, isPregnant: true },
    {},
  ]) {
    t.notOk(AlertsConfig.safeParse({ news2 }).success, JSON.stringify(news2))
  }
  t.notOk(AlertsConfig.safeParse({ thresholds: [{ channel: 'spo2' }] }).success, 'a threshold needs a limit')
  t.notOk(AlertsConfig.safeParse({ thresholds: [{ channel: 'spo2', low: 95, high: 90 }] }).success)
})

t.test('times of a channel rise, whatever happens at once', async (t) => {
  const alerts = alertsWith({
    thresholds: [
      { channel: 'pulse', high: 100, delayMs: 0 },
      { channel: 'spo2', low: 90, delayMs: 0 },
    ],
  })
  const all = [
    ...alerts.take(sample('pulse', 1, 120)),
    ...alerts.take(sample('spo2', 1, 80)),
    ...alerts.take(sample('patient-event', 1, 1)),
  ]
  t.same(
    all.map(({ at }) => at),
    [1_000, 1_001, 1_002],
  )
})

t.test('a limit that another would take the place of is refused', async (t) => {
  const thresholds = [
    { channel: 'spo2', low: 90 },
    { channel: 'spo2', high: 99 },
  ]
  t.match(AlertsConfig.safeParse({ thresholds }).error?.issues, [{ message: 'spo2 has its limits already' }])
  const alerts = alertsWith({ thresholds: [{ channel: 'spo2', low: 90, high: 99, delayMs: 0 }] })
  t.same(alarmsIn(alerts.take(sample('spo2', 1, 70))), ['spo2:low medium'])
})

t.test('three new points are heard, though a higher sum was acknowledged', async (t) => {
  const alerts = alertsWith({ news2: ADULT })
  const six = { pulse: 115, spo2: 93, 'respiratory-rate': 22 }
  t.same(alarmsIn(during(alerts, [0, 61], () => six)), ['news2 medium'])
  alerts.acknowledge(61_500)
  const five = { pulse: 115, spo2: 91, 'respiratory-rate': 15 }
  t.same(alarmsIn(during(alerts, [62, 121], () => five)), ['news2:spo2 medium'])
})

t.test('what is entered is scored at once', async (t) => {
  const alerts = alertsWith({ news2: ADULT })
  during(alerts, [0, 65], () => WELL)
  t.same(alarmsIn(alerts.take(sample('consciousness', 65, 4))), ['news2:consciousness medium'])
})

t.test('a single value is no minute, and a minute ends before what comes at its end', async (t) => {
  const alerts = alertsWith({ news2: ADULT })
  alerts.take(sample('pulse', 10, 140))
  t.same(scoresIn(alerts.advance(60_000)), ['≥ 0 (0 of 7)'])
  during(alerts, [60, 120], () => ({ pulse: 70 }))
  const atTheEdge = alerts.take(sample('pulse', 120, 200))
  t.same(scoresIn(atTheEdge), ['≥ 0 (1 of 7)'])
})

t.test('values that nobody can have are no data', async (t) => {
  const alerts = alertsWith({ noDataMs: 60_000 })
  const following = during(alerts, [0, 90], () => ({ ...WELL, 'body-temperature': 37 })).length
  t.equal(following, 0)
  for (let second = 90; second < 170; second++) {
    during(alerts, [second, second + 1], () => ({
      pulse: 70,
      'respiratory-rate': 15,
      'body-temperature': 37,
    }))
    alerts.take({ ...sample('spo2', second, 130), suspect: true } as Sample)
  }
  t.same(
    alerts.active.map(({ cause }) => causeName(cause)),
    ['spo2:no-data'],
  )
})

t.test('what was not seen to hold for its delay is no alarm', async (t) => {
  const alerts = alertsWith({ thresholds: [{ channel: 'pulse', high: 130 }] })
  alerts.take(sample('pulse', 1, 150))
  t.same(alarmsIn(during(alerts, [2, 60], () => ({ pulse: 'ambiguous' }))), [])
})
