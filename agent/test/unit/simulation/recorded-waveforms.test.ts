import { isOrderKnown, SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import { Sampler } from '@hygeia/agent/sampling/sampler'
import { buildSensors } from '@hygeia/agent/sampling/sensors'
import { SignalsConfig } from '@hygeia/agent/signals/config'
import { Signals } from '@hygeia/agent/signals/signals'
import { simulatedMachine } from '@hygeia/agent/simulation/machine'
import { played } from '@hygeia/agent/simulation/recorded-waveforms'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const SECONDS = 60
const SENSORS = SensorsConfig.parse([
  {
    name: 'leads',
    kind: 'ads1115',
    readyLine: 22,
    leadOffLines: [5, 6],
    channels: [{ channel: 'ecg-ii', from: 'voltage' }],
  },
  {
    name: 'finger',
    kind: 'max30102',
    interruptLine: 26,
    channels: [
      { channel: 'ppg-infrared', from: 'infrared' },
      { channel: 'ppg-red', from: 'red' },
    ],
  },
])
const SIGNALS = SignalsConfig.parse([
  { kind: 'ecg', from: 'ecg-ii', heartRate: 'heart-rate', rrInterval: 'rr-interval' },
  { kind: 'ppg', from: 'ppg-infrared', heartRate: 'pulse' },
  { kind: 'spo2', from: 'ppg-infrared', red: 'ppg-red' },
])
const SIMULATION = SimulationConfig.parse({
  source: { kind: 'recording' },
  time: { startUnixMs: Date.UTC(2026, 0, 1), speed: 'max' },
})

/** A minute of the chips that are `wired`, as a configuration has them. */
async function minuteOf(wired: typeof SENSORS, configured: typeof SENSORS = wired) {
  const machine = await simulatedMachine(wired, SIMULATION)
  const sensors = await buildSensors(configured, machine)
  const signals = new Signals(SIGNALS, { isOrderKnown: (infrared) => isOrderKnown(configured, infrared) })
  const follow = (sample: Sample) => signals.take(sample)
  const endAt = (machine.origin + SECONDS * 1_000) as MonotonicMs
  const sampler = new Sampler({ ...machine, endAt, queueLimit: 1_024 }, { ...machine, sensors, follow })
  const samples: Sample[] = []
  for await (const sample of sampler.samples(new AbortController().signal)) samples.push(sample)
  await machine.hal.close()
  const of = (channel: string) =>
    samples.filter((sample) => sample.channel === channel && sample.value !== undefined)
  return { of, doubtful: signals.doubtful }
}

t.test('recorded patients come through the chips, and their heart rates out of the signals', async (t) => {
  const { of } = await minuteOf(SENSORS)
  t.ok(of('ecg-ii').length > 249 * SECONDS - 250, `${of('ecg-ii').length} values of ECG`)
  t.ok(of('ppg-infrared').length > 99 * SECONDS - 100, `${of('ppg-infrared').length} values of PPG`)
  // In the first ten seconds the recording begins, after its end.
  // As the recordings have it: 73 to 76/min, and 103 to 105/min, though both chips run some percent off.
  const heartRates = of('heart-rate')
    .map(({ value = 0 }) => value)
    .slice(11)
  t.ok(
    heartRates.length > 40 && heartRates.every((rate) => rate > 72 && rate < 77),
    `${heartRates.length} heart rates`,
  )
  const pulses = of('pulse')
    .map(({ value = 0 }) => value)
    .slice(5)
  t.ok(
    pulses.length > 40 && pulses.every((rate) => rate > 102 && rate < 106),
    `${pulses.length} pulses, ${Math.min(...pulses)} to ${Math.max(...pulses)}`,
  )
  t.ok(of('rr-interval').length > 60, `${of('rr-interval').length} intervals`)
})

t.test('saturation comes out of both colours, whichever LED is where, once that is known', async (t) => {
  const withLeds = (areLedsSwapped?: boolean) =>
    SENSORS.map((sensor) => (sensor.kind === 'max30102' ? { ...sensor, areLedsSwapped } : sensor))
  // Red takes 0.4 of 100,000 for each 0.8 of 120,000 of infrared: 0.6 times as deep, 92.5 % by UG7087's curve.
  const isRight = (values: readonly Sample[]) =>
    values.length > 20 && values.every(({ value = 0 }) => Math.abs(value - 92.5) < 1)
  for (const areLedsSwapped of [false, true, undefined]) {
    const { of, doubtful } = await minuteOf(withLeds(areLedsSwapped))
    const values = of('spo2-uncalibrated')
    t.ok(isRight(values), `${areLedsSwapped}: ${values.map(({ value }) => value)}`)
    t.same(doubtful, [])
  }
  const { of, doubtful } = await minuteOf(withLeds(true), withLeds())
  t.same(of('spo2-uncalibrated'), [], 'a swapped board that nobody looked at')
  t.same(doubtful, ['ppg-infrared'])
})

t.test('a recording is played on lines between its values, over and over', async (t) => {
  const signal = played({ rateHz: 10, values: Float64Array.of(0, 10, 20) }, 1_000 as MonotonicMs)
  const at = (ms: number) => signal(ms as MonotonicMs)
  t.equal(at(1_000), 0)
  t.equal(at(1_050), 5)
  t.equal(at(1_200), 20)
  t.equal(at(1_300), 0, 'from the beginning')
  t.equal(at(900), 20, 'also before it began')
})
