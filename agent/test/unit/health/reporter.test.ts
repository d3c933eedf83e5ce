import { join } from 'node:path'
import type { DeliveryStatus } from '@hygeia/agent/delivery/status'
import { Reporter } from '@hygeia/agent/health/reporter'
import { readStatus } from '@hygeia/agent/health/status-file'
import type { SamplingStatus } from '@hygeia/agent/workers/messages'
import type { Address } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { pino } from 'pino'
import t from 'tap'
import { testFolder } from '../../support/bedside.ts'
import { until } from '../../support/until.ts'

const sampling: SamplingStatus = {
  sensors: [],
  skippedTicks: 0,
  ticks: 0,
  tickAtMonotonicMs: 1_000 as MonotonicMs,
  samples: {},
  notRecorded: {},
  isSynchronised: true,
  alarms: { low: 0, medium: 0, high: 0 },
  alarmAway: [],
  doubtful: [],
  atMonotonicMs: 500,
  atUnixMs: 0,
  isHeldBack: false,
  endsAtMonotonicMs: undefined,
  hasEnded: false,
}
const delivery = {
  pipeline: { refused: {}, trouble: undefined },
  spool: {},
  uplink: { isUp: true, hospitals: [] },
  labelKeys: { exhausted: [], daysLeft: 400 },
} as unknown as DeliveryStatus

t.test('who asks whether it is alive hears of it only while samples move', async (t) => {
  const path = join(await testFolder(t), 'status.json')
  const beats: boolean[] = []
  const said: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => void said.push(line) })
  const reporter = new Reporter(
    {
      device: `0x${'11'.repeat(20)}` as Address,
      path,
      seal: { warnDays: 60 } as never,
      status: { everyMs: 20 },
    },
    { log, onAlive: (isFirst) => void beats.push(isFirst) },
  )
  t.teardown(() => reporter.close())
  const beaten = async (count: number) => {
    for (let seen = 0, last = 0; seen < count; ) {
      await until('the next beat', async () => ((await readStatus(path))?.at ?? 0) > last)
      last = (await readStatus(path))?.at ?? last
      seen++
    }
  }
  reporter.delivery(delivery)
  reporter.sampling(sampling)
  await beaten(3)
  t.same(beats, [], 'not before the first tick')

  reporter.sampling({ ...sampling, ticks: 1, tickAtMonotonicMs: 2_000 as MonotonicMs })
  await until('it is alive', () => beats.length >= 2)
  t.same(beats.slice(0, 2), [true, false])

  reporter.sampling({ ...sampling, ticks: 1, atMonotonicMs: 60_000 })
  const before = beats.length
  await beaten(3)
  t.equal(beats.length, before, 'a tick that is a minute overdue')
  t.equal(said.filter((line) => line.includes('samples do not move')).length, 1, 'said once')

  reporter.sampling({
    ...sampling,
    ticks: 2,
    tickAtMonotonicMs: 61_000 as MonotonicMs,
    atMonotonicMs: 60_500,
  })
  await until('it is alive again', () => beats.length > before)
})
