import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import type { DeliveryStatus } from '../../../src/delivery/status.ts'
import { Histogram } from '../../../src/health/histogram.ts'
import { showStatus } from '../../../src/health/show.ts'
import { composeStatus } from '../../../src/health/status.ts'
import type { SamplingStatus } from '../../../src/workers/messages.ts'

const sampling: SamplingStatus = {
  sensors: [{ name: 'oximeter', state: 'present', since: 0 as never }],
  skippedTicks: 0,
  ticks: 100,
  tickAtMonotonicMs: 1_000 as never,
  samples: { pulse: 100, spo2: 50 },
  notRecorded: {},
  isSynchronised: true,
  alarms: { low: 0, medium: 0, high: 0 },
  alarmAway: [],
  doubtful: [],
  atMonotonicMs: 0,
  atUnixMs: 0,
  isHeldBack: false,
  endsAtMonotonicMs: undefined,
  hasEnded: false,
}
const delivery: DeliveryStatus = {
  pipeline: {
    samples: 150,
    refused: {},
    sealed: 3,
    sealedBytes: 1_500,
    sealedSamples: 150,
    undated: 0,
    unsealedSamples: 0,
    journalUnreadable: 0,
    trouble: undefined,
  },
  spool: {
    batches: 2,
    bytes: 20_480,
    limitBytes: 1_048_576,
    isFull: false,
    hoursLeft: 100,
    oldestSealedAt: undefined,
    dead: 0,
    deadByReason: {},
    deadDropped: 0,
    incarnation: '0x00',
    headSequence: 3,
    isNewLife: false,
    recording: 'all',
  },
  uplink: {
    kind: 'mqtt',
    isUp: true,
    connects: 1,
    lastFault: undefined,
    hospital: 'h:1',
    hospitals: [
      { name: 'h:1', isUp: true, lastFault: undefined },
      { name: 'h:2', isUp: false, lastFault: undefined },
    ],
    inFlight: 0,
    awaiting: 0,
    sent: 3,
  },
  receipts: { count: 1, lastAt: 5_000 as UnixMs, forged: 0, latency: new Histogram().snapshot() },
  labelKeys: { serial: 1, daysLeft: 400, ends: {}, exhausted: [] },
}
const base = {
  at: 10_000 as UnixMs,
  pid: 7,
  memoryMb: 90,
  state: 'running',
  device: `0x${'11'.repeat(20)}` as Address,
} as const
const config = { seal: { warnDays: 60 } } as Parameters<typeof composeStatus>[1]
const problems = (changes: {
  sampling?: Partial<SamplingStatus>
  delivery?: { [K in keyof DeliveryStatus]?: Partial<DeliveryStatus[K]> }
}) => {
  const merged = Object.fromEntries(
    Object.entries(delivery).map(([name, part]) => [
      name,
      { ...part, ...changes.delivery?.[name as keyof DeliveryStatus] },
    ]),
  ) as unknown as DeliveryStatus
  const status = composeStatus(
    { ...base, sampling: { ...sampling, ...changes.sampling }, delivery: merged },
    config,
  )
  return status.problems.map(({ code }) => code)
}

t.test('an agent that is well has no problems', async (t) => {
  t.same(problems({}), [])
  t.same(composeStatus({ ...base, sampling: undefined, delivery: undefined }, config).problems, [])
})

t.test('each problem is told', async (t) => {
  t.same(
    problems({ sampling: { sensors: [{ name: 'x', state: 'away', since: 0 as never, fault: 'NACK' }] } }),
    ['SENSOR_AWAY'],
  )
  t.same(problems({ sampling: { isSynchronised: false } }), ['CLOCK_NOT_SET'])
  t.same(problems({ delivery: { pipeline: { refused: { NOT_RISING: 2 } } } }), ['SAMPLES_REFUSED'])
  t.same(problems({ delivery: { pipeline: { trouble: 'DISK_FULL' } } }), ['SAMPLING_WAITS'])
  t.same(problems({ delivery: { pipeline: { journalUnreadable: 1 } } }), ['JOURNAL_UNREADABLE'])
  t.same(problems({ delivery: { uplink: { isUp: false } } }), ['HOSPITAL_AWAY'])
  t.same(problems({ delivery: { uplink: { hospital: 'h:2' } } }), ['PREFERRED_AWAY'])
  t.same(problems({ delivery: { spool: { hoursLeft: 3, bytes: 900_000 } } }), ['SPOOL_FILLING'])
  t.same(problems({ delivery: { spool: { hoursLeft: 3 } } }), [], 'not while it is nearly empty')
  t.same(problems({ delivery: { spool: { recording: 'ecg-strips' } } }), ['RECORDING_LESS'])
  t.same(problems({ delivery: { spool: { dead: 1, deadByReason: { FORKED: 1 } } } }), ['BATCHES_REFUSED'])
  t.same(problems({ delivery: { labelKeys: { daysLeft: 60 } } }), ['LABEL_KEYS_END'])
  t.same(problems({ delivery: { labelKeys: { daysLeft: 0, exhausted: ['vitals'] } } }), ['LABEL_KEYS_ENDED'])
})

t.test('the table says the same for people', async (t) => {
  const status = composeStatus({ ...base, sampling, delivery }, config)
  const shown = showStatus(status, true, 10_000)
  t.match(shown, /^agent +running, pid 7, 90 MB$/m)
  t.match(shown, /^samples +150 since the start$/m)
  t.match(shown, /^spool +2 waiting, 20 KiB of 1024 KiB, full in 100 h if nothing leaves$/m)
  t.match(shown, /^last receipt +5 s ago$/m)
  t.match(shown, /^label keys +serial 1, 400 days left$/m)
  t.match(shown, /^hospital +h:1 by mqtt, reached\nin reserve +h:2$/m)
  t.notMatch(shown, /not recorded/)
  const left = { ...sampling, notRecorded: { pulse: 7, 'ecg-ii': 500 } }
  const full = { ...delivery, spool: { ...delivery.spool, recording: 'alerts-only' as const } }
  const less = showStatus(composeStatus({ ...base, sampling: left, delivery: full }, config), true, 10_000)
  t.match(less, /^not recorded +507 \(pulse 7, ecg-ii 500\)$/m)
  t.match(less, /^problem +the spool is full: nothing but alerts is recorded; alarms go on/m)
  const passedOver = { ...delivery, uplink: { ...delivery.uplink, hospital: 'h:2' } }
  const other = showStatus(composeStatus({ ...base, sampling, delivery: passedOver }, config), true, 10_000)
  t.match(other, /^hospital +h:2 by mqtt, reached\npreferred +h:1, does not answer$/m)
  const stale = showStatus(status, false, 10_000 + 3 * 3_600_000)
  t.match(stale, /^agent +not running$/m)
  t.match(stale, /^as of +3 h ago$/m)
})

t.test('a histogram counts everything and knows the newest exactly', async (t) => {
  const histogram = new Histogram()
  t.match(histogram.snapshot(), { count: 0, p50Ms: undefined, buckets: [] })
  for (let ms = 1; ms <= 100; ms++) histogram.add(ms)
  histogram.add(10_000_000)
  t.match(histogram.snapshot(), { count: 101, p50Ms: 51, p90Ms: 91, maxMs: 10_000_000 })
  t.same(histogram.snapshot().buckets, [
    { leMs: 10, count: 10 },
    { leMs: 20, count: 10 },
    { leMs: 50, count: 30 },
    { leMs: 100, count: 50 },
    { leMs: null, count: 1 },
  ])
})
