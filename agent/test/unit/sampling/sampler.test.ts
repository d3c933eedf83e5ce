import { SensorError } from '@hygeia/agent/drivers/errors'
import type { PolledSensor, Readings } from '@hygeia/agent/drivers/sensor'
import { HalError } from '@hygeia/agent/hal/errors'
import type { SensorPlan } from '@hygeia/agent/sampling/plan'
import { Sampler, type SamplerOptions } from '@hygeia/agent/sampling/sampler'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const ms = (value: number) => value as MonotonicMs
const never = new AbortController().signal
const nack = () => new HalError('gone', { code: 'NACK', bus: 1, address: 0x48 })

function clockAt(start = 0) {
  return new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: ms(start),
    speed: Number.POSITIVE_INFINITY,
  })
}

/** A sensor that answers what `read` does, and remembers whether it is open. */
function sensorOf(read: () => Promise<Readings> | Readings, open = async () => {}) {
  const state = { isOpen: false }
  const sensor: PolledSensor = {
    async open() {
      await open()
      state.isOpen = true
    },
    read: async () => read(),
    async close() {
      state.isOpen = false
    },
  }
  return { sensor, state }
}

function plan(
  name: string,
  sensor: PolledSensor,
  periodMs = 1_000,
  channel = 'skin-temperature',
): SensorPlan {
  const channels = [{ channel: channelNamed(channel), from: 'value', periodMs }]
  return { kind: 'polled', name, sensor, channels }
}

async function collect(sampler: Sampler, signal = never) {
  const samples: Sample[] = []
  for await (const sample of sampler.samples(signal)) samples.push(sample)
  return samples
}

const brief = (samples: readonly Sample[]) =>
  samples.map(({ channel, at, value, missing }) => `${at} ${channel} ${value ?? missing}`)

const options = (endAt: number, origin = 0): SamplerOptions => ({
  origin: ms(origin),
  endAt: ms(endAt),
  queueLimit: 10,
})

t.test('samples lie on even grids, those of one tick in the order of the configuration', async (t) => {
  const clock = clockAt()
  const skin = sensorOf(async () => {
    // However long a reading takes, its tick stays where it was.
    await sleep(clock, 7, never)
    return { value: { value: 33.5 } }
  })
  const room = sensorOf(() => ({ value: { value: 21 } }))
  const sensors = [plan('skin', skin.sensor, 1_000), plan('room', room.sensor, 1_500, 'room-temperature')]
  const samples = await collect(new Sampler(options(3_001), { clock, sensors }))
  t.same(brief(samples), [
    '0 skin-temperature 33.5',
    '0 room-temperature 21',
    '1000 skin-temperature 33.5',
    '1500 room-temperature 21',
    '2000 skin-temperature 33.5',
    '3000 skin-temperature 33.5',
    '3000 room-temperature 21',
  ])
  t.notOk(skin.state.isOpen || room.state.isOpen, 'and the sensors are closed after')
})

t.test('a sensor that takes its time to start keeps none of the others back', async (t) => {
  const clock = clockAt()
  const hub = sensorOf(
    () => ({ value: { value: 62 } }),
    () => sleep(clock, 1_400, never),
  )
  const skin = sensorOf(() => ({ value: { value: 33.5 } }))
  const sensors = [plan('hub', hub.sensor, 1_000, 'pulse'), plan('skin', skin.sensor)]
  const sampler = new Sampler(options(2_001), { clock, sensors })
  t.same(brief(await collect(sampler)), [
    '0 skin-temperature 33.5',
    '1000 skin-temperature 33.5',
    '2000 pulse 62',
    '2000 skin-temperature 33.5',
  ])
  t.equal(sampler.status().skippedTicks, 0, 'what had not begun was not skipped')
})

t.test('one chip is read once for all of its channels that are due', async (t) => {
  const clock = clockAt()
  let reads = 0
  const { sensor } = sensorOf(() => {
    reads++
    return { rate: { value: 62.8 }, spo2: { value: 97.4 } }
  })
  const channels = [
    { channel: channelNamed('pulse'), from: 'rate', periodMs: 1_000 },
    { channel: channelNamed('spo2'), from: 'spo2', periodMs: 2_000 },
  ]
  const sensors: SensorPlan[] = [{ kind: 'polled', name: 'hub', sensor, channels }]
  const samples = await collect(new Sampler(options(2_001), { clock, sensors }))
  t.same(brief(samples), [
    '0 pulse 62.8',
    '0 spo2 97.4',
    '1000 pulse 62.8',
    '2000 pulse 62.8',
    '2000 spo2 97.4',
  ])
  t.equal(reads, 3)
})

t.test('a sensor that is away says so at its ticks and does not stop the others', async (t) => {
  const clock = clockAt()
  const isThere = () => clock.monotonic() < 2_000 || clock.monotonic() >= 4_500
  const guard = () => {
    if (!isThere()) throw nack()
  }
  const skin = sensorOf(
    () => {
      guard()
      return { value: { value: 33.5 } }
    },
    async () => guard(),
  )
  const room = sensorOf(() => ({ value: { value: 21 } }))
  const sensors = [plan('skin', skin.sensor), plan('room', room.sensor, 1_000, 'room-temperature')]
  const states: string[] = []
  const sampler = new Sampler(options(8_000), {
    clock,
    sensors,
    onChange: ({ name, state, since }) => states.push(`${since} ${name} ${state}`),
  })
  const samples = await collect(sampler)
  const of = (channel: string) =>
    samples.filter((sample) => sample.channel === channel).map(({ value, missing }) => value ?? missing)
  const lost = 'sensor-error'
  // Lost at 2 s, tried in vain at 3 s, back at 5 s.
  t.same(of('skin-temperature'), [33.5, 33.5, lost, lost, lost, 33.5, 33.5, 33.5])
  t.same(of('room-temperature'), Array(8).fill(21))
  t.same(states, ['0 skin present', '0 room present', '2000 skin away', '5000 skin present'])
})

t.test('a sensor that was never there is an error, not a wait', async (t) => {
  const clock = clockAt()
  const wrong = new SensorError('no TMP117 here', { code: 'WRONG_PART', want: 0x117, got: 0x116 })
  const { sensor } = sensorOf(
    () => ({ value: { value: 1 } }),
    () => Promise.reject(wrong),
  )
  const sampler = new Sampler(options(1_001), { clock, sensors: [plan('skin', sensor)] })
  t.same(brief(await collect(sampler)), [
    '0 skin-temperature sensor-error',
    '1000 skin-temperature sensor-error',
  ])
  t.match(sampler.status(), { sensors: [{ name: 'skin', state: 'away', fault: 'WRONG_PART' }] })
})

t.test('ticks begin when every sensor was tried, on the grid where it then is', async (t) => {
  const clock = clockAt()
  const { sensor } = sensorOf(
    () => ({ value: { value: 33.5 } }),
    () => sleep(clock, 1_120, never),
  )
  const samples = await collect(new Sampler(options(3_000), { clock, sensors: [plan('skin', sensor)] }))
  t.same(brief(samples), ['2000 skin-temperature 33.5'])
})

t.test('a sampler that starts again joins the same grid', async (t) => {
  const clock = clockAt(61_234)
  const { sensor } = sensorOf(() => ({ value: { value: 33.5 } }))
  const samples = await collect(new Sampler(options(64_500, 500), { clock, sensors: [plan('skin', sensor)] }))
  t.same(
    samples.map(({ at }) => at),
    [61_500, 62_500, 63_500],
  )
})

t.test('simulated time waits for a slow next stage, so that no tick is missed', async (t) => {
  const clock = clockAt()
  const { sensor } = sensorOf(() => ({ value: { value: 33.5 } }))
  const sampler = new Sampler(
    { origin: ms(0), endAt: ms(50_000), queueLimit: 3 },
    { clock, sensors: [plan('skin', sensor)], hold: () => clock.hold() },
  )
  // Somebody else makes time pass meanwhile.
  const stop = new AbortController()
  const other = (async () => {
    while (!stop.signal.aborted) await sleep(clock, 100, stop.signal)
  })()
  let greatestLead = 0
  const taken: number[] = []
  for await (const { at } of sampler.samples(never)) {
    // After the last tick there is nothing left to wait for.
    if (at <= 45_000) greatestLead = Math.max(greatestLead, clock.monotonic() - at)
    taken.push(at)
    for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate)
  }
  stop.abort()
  await t.rejects(other, { name: 'AbortError' })
  t.same(
    taken,
    Array.from({ length: 50 }, (_, tick) => tick * 1_000),
  )
  t.equal(sampler.status().skippedTicks, 0)
  t.ok(greatestLead <= 4_000, `at most the queue and the tick in hand ahead: ${greatestLead} ms`)
})

t.test('on a machine that stalls, what was missed is skipped and counted, never made up', async (t) => {
  // Wakes late at the third sleep, as after a stall of the whole machine.
  const base = clockAt()
  let sleeps = 0
  const clock: Clock = {
    now: () => base.now(),
    monotonic: () => base.monotonic(),
    sleepUntil: (until, signal) => base.sleepUntil(ms(++sleeps === 3 ? until + 2_600 : until), signal),
  }
  const { sensor } = sensorOf(() => ({ value: { value: 33.5 } }))
  const sampler = new Sampler(options(8_000), { clock, sensors: [plan('skin', sensor)] })
  const samples = await collect(sampler)
  // Awake at 4.6 s: the ticks of 2, 3 and 4 s are past by more than half a second.
  t.same(
    samples.map(({ at }) => at),
    [0, 1_000, 5_000, 6_000, 7_000],
  )
  t.equal(sampler.status().skippedTicks, 3)
})

t.test('an event is a sample at its instant, with or without polled sensors', async (t) => {
  const clock = clockAt()
  let press: ((readings: Readings) => void) | undefined
  const sensors: SensorPlan[] = [
    {
      kind: 'event',
      name: 'button',
      sensor: {
        async open(onEvent) {
          press = onEvent
        },
        async close() {},
      },
      channels: [{ channel: channelNamed('patient-event'), from: 'press' }],
    },
  ]
  const sampler = new Sampler(options(5_000), { clock, sensors })
  const pressing = sleep(clock, 1_234.5, never).then(() => press?.({ press: { value: 1 } }))
  t.same(await collect(sampler), [{ channel: 'patient-event', at: 1_234, value: 1 }])
  await pressing
})

t.test('stopping gives out all that was read', async (t) => {
  const clock = clockAt()
  const { sensor, state } = sensorOf(() => ({ value: { value: 33.5 } }))
  const stop = new AbortController()
  const sampler = new Sampler(
    { origin: ms(0), queueLimit: 3 },
    { clock, sensors: [plan('skin', sensor)], hold: () => clock.hold() },
  )
  const taken: number[] = []
  for await (const { at } of sampler.samples(stop.signal)) {
    taken.push(at)
    if (taken.length > 1) continue
    // Long enough for the queue to fill and for one more to be in hand.
    for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate)
    stop.abort()
  }
  t.same(taken, [0, 1_000, 2_000, 3_000, 4_000])
  t.notOk(state.isOpen)
})

t.test('stopping before anything was opened ends at once', async (t) => {
  const clock = clockAt()
  const { sensor } = sensorOf(() => ({ value: { value: 33.5 } }))
  const sampler = new Sampler(options(5_000), { clock, sensors: [plan('skin', sensor)] })
  t.same(await collect(sampler, AbortSignal.abort()), [])
})

t.test('who no longer wants samples ends the sampling', async (t) => {
  const clock = clockAt()
  const { sensor, state } = sensorOf(() => ({ value: { value: 33.5 } }))
  const sampler = new Sampler({ origin: ms(0), queueLimit: 3 }, { clock, sensors: [plan('skin', sensor)] })
  for await (const sample of sampler.samples(never)) {
    t.equal(sample.at, 0)
    break
  }
  t.notOk(state.isOpen)
})

t.test('a fault of ours ends the samples with it, after those that were read', async (t) => {
  const clock = clockAt()
  let reads = 0
  const { sensor, state } = sensorOf(() => {
    if (++reads === 3) throw new TypeError('undefined is not a function')
    return { value: { value: 33.5 } }
  })
  const sampler = new Sampler(options(9_000), { clock, sensors: [plan('skin', sensor)] })
  const taken: number[] = []
  const sampling = (async () => {
    for await (const { at } of sampler.samples(never)) taken.push(at)
  })()
  await t.rejects(sampling, TypeError)
  t.same(taken, [0, 1_000])
  t.notOk(state.isOpen)
})

t.test('a channel that its driver does not have is a fault of ours', async (t) => {
  const clock = clockAt()
  const { sensor } = sensorOf(() => ({ other: { value: 1 } }))
  const sampler = new Sampler(options(5_000), { clock, sensors: [plan('skin', sensor)] })
  await t.rejects(collect(sampler), { message: 'the driver has no quantity value' })
})
