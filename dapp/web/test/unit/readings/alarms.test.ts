import { type AlarmState, alarmToCode } from '@hygeia/protocol/alarm/alarm'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { scoreOf, scoreToCode } from '@hygeia/protocol/news2/score'
import t from 'tap'
import { episodesOf, newestScore } from '../../../readings/alarms.ts'

const device = `0x${'11'.repeat(20)}` as Address
const spo2 = { kind: 'low', channel: 'spo2' as ChannelName } as const
const told = (at: number, value: number) => ({
  device,
  channel: 'alarm' as ChannelName,
  at,
  value,
  cid: `cid ${at}`,
})
const alarm = (at: number, state: AlarmState) => told(at, alarmToCode(state))

t.test('an alarm runs from its begin to its end, and says its newest state', async (t) => {
  const running = episodesOf([
    alarm(1, { cause: spo2, priority: 'medium', isAcknowledged: false }),
    alarm(2, { cause: spo2, priority: 'high', isAcknowledged: true }),
  ])
  t.match(running, [
    { since: 1, changedAt: 2, endedAt: undefined, state: { priority: 'high', isAcknowledged: true } },
  ])
  const ended = episodesOf([
    alarm(1, { cause: spo2, priority: 'medium', isAcknowledged: false }),
    alarm(3, { cause: spo2, priority: undefined, isAcknowledged: false }),
    alarm(5, { cause: { kind: 'call' }, priority: 'high', isAcknowledged: false }),
  ])
  t.match(ended, [
    { since: 5, endedAt: undefined },
    { since: 1, endedAt: 3, state: { priority: 'medium' } },
  ])
})

t.test('what is no alarm and no score is passed over', async (t) => {
  t.same(episodesOf([told(1, 7)]), [])
  const score = scoreOf({ pulse: 120 }, 1)
  t.match(newestScore([told(1, scoreToCode(score)), told(2, 2 ** 21)]), {
    at: 1,
    score: { known: 1, atLeast: 2 },
  })
  t.equal(newestScore([]), undefined)
})
