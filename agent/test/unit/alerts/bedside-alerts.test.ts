import { BedsideAlerts } from '@hygeia/agent/alerts/bedside-alerts'
import { AlertsConfig } from '@hygeia/agent/alerts/config'
import { HalError } from '@hygeia/agent/hal/errors'
import type { Hal } from '@hygeia/agent/hal/hal'
import { SensorsConfig } from '@hygeia/agent/sampling/config'
import { Sampler } from '@hygeia/agent/sampling/sampler'
import { buildSensors } from '@hygeia/agent/sampling/sensors'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const BUZZER = 18
const LED = 23
const SEEN = 24
const CALL = 27
const CONFIG = {
  buzzer: { line: BUZZER },
  led: { line: LED },
  acknowledge: { line: SEEN },
  noDataMs: 3_600_000,
}
const never = new AbortController().signal

/** A bed with a buzzer, a light and a button, in a time of its own. */
function bed(config: object = CONFIG) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  // Nothing drives them yet: on a board they are pulled down.
  for (const line of [BUZZER, LED]) gpio.drive(line, 0)
  const hal: Hal = {
    i2c: async () => {
      throw new Error('no bus here')
    },
    gpio: async () => gpio,
    close: () => gpio.close(),
  }
  const changes: Record<number, [number, number][]> = { [BUZZER]: [], [LED]: [] }
  for (const line of [BUZZER, LED])
    gpio.listen(line, (level) => changes[line]?.push([clock.monotonic(), level]))
  const added: Sample[] = []
  const channels = ['spo2', 'patient-event'].map(channelNamed)
  const onSamples = (samples: readonly Sample[]) => void added.push(...samples)
  const alerts = new BedsideAlerts({ ...AlertsConfig.parse(config), channels }, { hal, clock, onSamples })
  return { clock, gpio, hal, alerts, added, buzzer: changes[BUZZER] ?? [], led: changes[LED] ?? [] }
}
const call = (at: number): Sample => ({
  channel: channelNamed('patient-event').name,
  at: at as MonotonicMs,
  value: 1,
})
const pass = (clock: SimulatedClock, ms: number) => sleep(clock, ms, never)

t.test('a call sounds as the standard says, until it is acknowledged', async (t) => {
  const { clock, gpio, alerts, buzzer } = bed()
  await alerts.open()
  await pass(clock, 1_000)
  t.same(buzzer, [], 'silent before')
  t.equal(alerts.follow(call(1_000)).length, 1)
  await pass(clock, 4_500)
  const pulses = buzzer.filter(([, level]) => level === 1).map(([at]) => at)
  t.equal(pulses.length, 10, 'ten pulses in a burst')
  const gaps = pulses.map((at, index) => at - (pulses[index - 1] ?? at)).slice(1)
  t.ok((gaps[2] ?? 0) > (gaps[0] ?? 0) && (gaps[4] ?? 0) > (gaps[2] ?? 0), 'three, two, a rest, three, two')
  gpio.drive(SEEN, 0)
  await pass(clock, 100)
  const quietFrom = buzzer.length
  await pass(clock, 60_000)
  t.equal(buzzer.length, quietFrom, 'silent afterwards')
  t.equal(gpio.level(BUZZER), 0)
  await alerts.close()
})

t.test('from the press to the buzzer nothing is waited for, though nobody takes samples', async (t) => {
  const { clock, gpio, hal, alerts, buzzer } = bed()
  await alerts.open()
  const configs = SensorsConfig.parse([
    {
      name: 'call',
      kind: 'button',
      line: CALL,
      debounceMs: 30,
      channels: [{ channel: 'patient-event', from: 'press' }],
    },
  ])
  const sensors = await buildSensors(configs, { hal, clock })
  const follow = (sample: Sample) => alerts.follow(sample)
  const sampler = new Sampler({ origin: 0 as MonotonicMs, queueLimit: 1 }, { clock, sensors, follow })
  const stop = new AbortController()
  const samples = sampler.samples(stop.signal)
  // Started, and then left alone, as by a disk that does not answer.
  const first = samples.next()
  await pass(clock, 10)
  gpio.drive(CALL, 0)
  await pass(clock, 200)
  const [firstChange] = buzzer
  t.ok(
    firstChange !== undefined && firstChange[0] <= 10 + 30 + 1,
    `${(firstChange?.[0] ?? 0) - 10} ms, 30 of them for the contact`,
  )
  t.match(await first, { value: { channel: 'patient-event' } })
  stop.abort(new Error('over'))
  await samples.return().catch(() => {})
  await alerts.close()
})

t.test('the equipment sounds otherwise than the patient', async (t) => {
  const { clock, alerts, buzzer, led } = bed({ ...CONFIG, probeOffMs: 0 })
  await alerts.open()
  const off: Sample = { channel: channelNamed('spo2').name, at: 1_000 as MonotonicMs, missing: 'probe-off' }
  alerts.follow(off)
  await pass(clock, 5_000)
  const lengths = buzzer.map(([at], index) => at - (buzzer[index - 1]?.[0] ?? at)).slice(1)
  t.same(lengths, [50, 80, 50], 'two ticks')
  t.equal(led.at(-1)?.[1], 1, 'a light that stays')
  await alerts.close()
})

t.test('a light tells that all is well, or that less is recorded than is taken', async (t) => {
  const { clock, alerts, led } = bed()
  await alerts.open()
  await pass(clock, 20_000)
  const blinks = led.filter(([, level]) => level === 1).length
  t.ok(blinks >= 4 && blinks <= 5, 'a blink every five seconds')
  alerts.holdBack(true)
  await pass(clock, 20_000)
  t.ok(led.filter(([at, level]) => level === 1 && at > 20_000).length >= 19, 'twice every two seconds')
  alerts.holdBack(false)
  await pass(clock, 20_000)
  t.ok(led.filter(([at, level]) => level === 1 && at > 40_100).length <= 5, 'and that all is well again')
  await alerts.close()
})

t.test('low voltage may be what sounds', async (t) => {
  const { clock, gpio, alerts } = bed({ ...CONFIG, buzzer: { line: BUZZER, isActiveLow: true } })
  await alerts.open()
  await pass(clock, 10)
  t.equal(gpio.level(BUZZER), 1, 'silent is high')
  alerts.follow(call(20))
  await pass(clock, 10)
  t.equal(gpio.level(BUZZER), 0)
  await alerts.close()
  t.equal(gpio.level(BUZZER), 1)
})

t.test('without its line it goes on, says so, and tries again', async (t) => {
  const { clock, gpio, alerts } = bed()
  const taken = await gpio.output(BUZZER, 0)
  await alerts.open()
  t.same(alerts.status.alarmAway, ['buzzer'])
  t.equal(alerts.follow(call(10)).length, 1, 'the alarm is one all the same')
  t.match(alerts.status.alarms, { high: 1 })
  await taken.close()
  await pass(clock, 31_000)
  t.same(alerts.status.alarmAway, [])
  await alerts.close()
  await t.rejects(bedWithButtonTaken(), HalError)
})

async function bedWithButtonTaken(): Promise<void> {
  const { gpio, alerts } = bed()
  await gpio.output(SEEN, 1)
  try {
    await alerts.open()
  } finally {
    await alerts.close()
  }
}

t.test('what people enter and ask', async (t) => {
  const { alerts, added } = bed({ ...CONFIG, news2: { isSixteenOrOver: true, isPregnant: false } })
  await alerts.open()
  const entry = { systolic: 128, diastolic: 76, consciousness: 'confusion', oxygen: 'oxygen' } as const
  t.same(alerts.handle({ kind: 'enter', entry }), { ok: true, kind: 'entered' })
  t.same(
    added
      .filter(({ channel }) => channel !== 'news2' && channel !== 'alarm')
      .map(({ channel, value }) => [channel, value]),
    [
      ['systolic', 128],
      ['diastolic', 76],
      ['consciousness', 1],
      ['oxygen', 1],
    ],
    'they are samples like others',
  )
  t.match(alerts.handle({ kind: 'alarms' }), {
    view: {
      alarms: [
        { name: 'news2:consciousness', priority: 'medium' },
        { name: 'news2', priority: 'medium' },
      ],
    },
  })
  t.match(alerts.handle({ kind: 'acknowledge' }), { ok: true, silenced: ['news2:consciousness', 'news2'] })
  alerts.follow(call(60_000))
  t.match(alerts.handle({ kind: 'alarms' }), {
    view: {
      alarms: { 0: { name: 'call', priority: 'high', isTechnical: false, silentForMs: undefined } },
      news2: { text: '≥ 5 (3 of 7)', risk: undefined, points: { consciousness: 3, oxygen: 2, systolic: 0 } },
    },
  })
  t.match(alerts.handle({ kind: 'acknowledge', alarm: 'spo2:low' }), { ok: false, fault: 'NO_SUCH_ALARM' })
  t.match(alerts.handle({ kind: 'acknowledge', alarm: 'call' }), { ok: true, silenced: ['call'] })
  await alerts.close()
})
