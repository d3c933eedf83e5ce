import t from 'tap'
import {
  ALARM_PRIORITIES,
  type AlarmCause,
  type AlarmState,
  alarmFromCode,
  alarmToCode,
  CHANNEL_ALARMS,
  causeName,
  classOf,
} from '../../../src/alarm/alarm.ts'
import { CHANNELS, channelNamed } from '../../../src/channel.ts'
import { PARAMETERS } from '../../../src/news2/observations.ts'

const causes: readonly AlarmCause[] = [
  { kind: 'call' },
  { kind: 'news2' },
  ...PARAMETERS.map((parameter) => ({ kind: 'three', parameter }) as const),
  ...CHANNELS.flatMap(({ name }) => CHANNEL_ALARMS.map((kind) => ({ kind, channel: name }))),
]

t.test('an alarm is a number on the wire, each its own', async (t) => {
  const { max } = channelNamed('alarm')
  const codes = new Set<number>()
  for (const cause of causes) {
    for (const priority of [undefined, ...ALARM_PRIORITIES]) {
      for (const isAcknowledged of [false, true]) {
        const state: AlarmState = { cause, priority, isAcknowledged }
        const code = alarmToCode(state)
        codes.add(code)
        if (code > max) t.fail(`${causeName(cause)} does not fit the channel`)
        if (JSON.stringify(alarmFromCode(code)) !== JSON.stringify(state)) t.fail(causeName(cause))
      }
    }
  }
  t.equal(codes.size, causes.length * 8)
  t.equal(alarmToCode({ cause: { kind: 'news2' }, priority: 'high', isAcknowledged: false }), 2 * 8 + 3)
  for (const none of [-1, 0.5, 0, 8 * 10, 8 * 15]) t.equal(alarmFromCode(none), undefined, `${none}`)
})

t.test('what is about the equipment is technical', async (t) => {
  const channel = channelNamed('spo2').name
  t.equal(classOf({ kind: 'probe-off', channel }), 'technical')
  t.equal(classOf({ kind: 'no-data', channel }), 'technical')
  for (const cause of [
    { kind: 'low', channel },
    { kind: 'high', channel },
    { kind: 'call' },
    { kind: 'news2' },
  ] as const) {
    t.equal(classOf(cause), 'clinical', causeName(cause))
  }
  t.equal(causeName({ kind: 'low', channel }), 'spo2:low')
  t.equal(causeName({ kind: 'three', parameter: 'pulse' }), 'news2:pulse')
})
