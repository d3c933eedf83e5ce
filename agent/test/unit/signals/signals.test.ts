import { SignalsConfig } from '@hygeia/agent/signals/config'
import { Signals } from '@hygeia/agent/signals/signals'
import { recordedEcg, recordedPpg } from '@hygeia/agent/simulation/recorded-waveforms'
import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const ECG_CHANNEL = channelNamed('ecg-ii').name
const PPG_CHANNEL = channelNamed('ppg-infrared').name

/** A recording as samples in whole ms, from 5 s after the boot on; `counts` are what the channel keeps. */
function* played(
  channel: ChannelName,
  { rateHz, values }: { rateHz: number; values: Float64Array },
  count = (value: number) => Math.round(value),
): Generator<Sample> {
  for (const [index, value] of values.entries()) {
    yield { channel, at: (5_000 + Math.round((index * 1_000) / rateHz)) as MonotonicMs, value: count(value) }
  }
}

function derive(configs: unknown, samples: Iterable<Sample>): readonly Sample[] {
  const signals = new Signals(SignalsConfig.parse(configs), { isOrderKnown: () => true })
  return [...samples].flatMap((sample) => signals.take(sample))
}

const ECG = { kind: 'ecg', from: 'ecg-ii', rateHz: 360, heartRate: 'heart-rate', rrInterval: 'rr-interval' }

t.test('an ECG gives a heart rate every second and an interval every beat', async (t) => {
  const told = derive([{ ...ECG, quality: 'signal-quality' }], played(ECG_CHANNEL, await recordedEcg()))
  const of = (name: string) => told.filter(({ channel }) => channel === name)
  const rates = of('heart-rate')
  t.ok(rates.length >= 298 && rates.length <= 300, `${rates.length} heart rates`)
  t.same(
    rates.slice(0, 9).map(({ missing }) => missing),
    Array.from({ length: 9 }, () => 'not-yet'),
  )
  t.ok(rates.slice(12).every(({ value }) => value !== undefined && value > 70 && value < 80))
  // 371 beats were marked; the first has none before it, and the last is not certain yet.
  t.ok(of('rr-interval').length >= 368, `${of('rr-interval').length} intervals`)
  t.ok(
    of('signal-quality')
      .slice(12)
      .every(({ value = 0 }) => value > 90 && value <= 100),
  )
  for (const name of ['heart-rate', 'rr-interval']) {
    const times = of(name).map(({ at }) => at)
    t.ok(
      times.every((at, index) => index === 0 || at > (times[index - 1] ?? at)),
      `${name}: times rise`,
    )
  }
})

t.test('a lead that is off says so, and no beat is made up around it', async (t) => {
  const samples = [...played(ECG_CHANNEL, await recordedEcg())]
    .slice(0, 90 * 360)
    .map((sample, index): Sample => {
      const isOff = index >= 30 * 360 && index < 60 * 360
      return isOff ? { channel: sample.channel, at: sample.at, missing: 'probe-off' } : sample
    })
  const told = derive([ECG], samples)
  const at = (seconds: number) => (5 + seconds) * 1_000
  const during = told.filter((one) => one.at > at(30.5) && one.at < at(60))
  t.ok(during.length >= 28)
  t.ok(during.every(({ missing, channel }) => channel === 'heart-rate' && missing === 'probe-off'))
  const back = told.find((one) => one.at > at(60) && one.channel === 'heart-rate' && one.value !== undefined)
  t.ok(
    back !== undefined && back.at <= at(72),
    `a heart rate again ${((back?.at ?? 0) - at(60)) / 1_000} s after`,
  )
  const intervals = told.filter(({ channel, value = 0 }) => channel === 'rr-interval' && value > 1_500)
  t.same(intervals, [], 'no interval spans the gap')
})

t.test('a gap in the samples begins it anew', async (t) => {
  const samples = [...played(ECG_CHANNEL, await recordedEcg())]
  const told = derive([ECG], [...samples.slice(0, 20 * 360), ...samples.slice(25 * 360, 45 * 360)])
  const after = told.filter(({ at, channel }) => at > 30_000 && channel === 'heart-rate')
  t.match(after[0], { missing: 'not-yet' })
  t.ok(after.at(-1)?.value !== undefined)
})

t.test('light that is less the more blood there is gives a pulse', async (t) => {
  const light = (value: number) => 100_000 - Math.round(value)
  const config = {
    kind: 'ppg',
    from: 'ppg-infrared',
    rateHz: 250,
    heartRate: 'pulse',
    respiratoryRate: 'respiratory-rate',
  }
  const told = derive([config], played(PPG_CHANNEL, await recordedPpg(), light))
  const pulses = told.filter(({ channel, value }) => channel === 'pulse' && value !== undefined)
  t.ok(pulses.length > 240, `${pulses.length} seconds with a pulse`)
  t.ok(pulses.every(({ value = 0 }) => value > 95 && value < 112))
  t.equal(
    told.filter(({ channel }) => channel === 'respiratory-rate').length,
    told.length / 2,
    'breathing beside it',
  )
})

t.test('a belt gives a respiratory rate', async (t) => {
  const values = Float64Array.from(
    { length: 60 * 25 },
    (_, index) => 5_000 * Math.sin((2 * Math.PI * index) / 100),
  )
  const channel = channelNamed('respiration').name
  const told = derive(
    [{ kind: 'belt', from: 'respiration', respiratoryRate: 'respiratory-rate' }],
    played(channel, { rateHz: 25, values }),
  )
  t.equal(told.at(-1)?.value, 15)
})

t.test('other channels pass by', async (t) => {
  const sample = { channel: channelNamed('spo2').name, at: 1_000 as MonotonicMs, value: 97 }
  t.same(new Signals(SignalsConfig.parse([ECG]), { isOrderKnown: () => true }).take(sample), [])
})
