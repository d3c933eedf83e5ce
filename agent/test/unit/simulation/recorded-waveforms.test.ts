import { SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
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
])

t.test('recorded patients come through the chips, and their heart rates out of the signals', async (t) => {
  const simulation = SimulationConfig.parse({
    source: { kind: 'recording' },
    time: { startUnixMs: Date.UTC(2026, 0, 1), speed: 'max' },
  })
  const machine = await simulatedMachine(SENSORS, simulation)
  const sensors = await buildSensors(SENSORS, machine)
  const signals = new Signals(SIGNALS, { isOrderKnown: () => true })
  const follow = (sample: Sample) => signals.take(sample)
  const endAt = (machine.origin + SECONDS * 1_000) as MonotonicMs
  const sampler = new Sampler({ ...machine, endAt, queueLimit: 1_024 }, { ...machine, sensors, follow })
  const samples: Sample[] = []
  for await (const sample of sampler.samples(new AbortController().signal)) samples.push(sample)
  await machine.hal.close()

  const of = (channel: string) =>
    samples.filter((sample) => sample.channel === channel && sample.value !== undefined)
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

t.test('a recording is played on lines between its values, over and over', async (t) => {
  const signal = played({ rateHz: 10, values: Float64Array.of(0, 10, 20) }, 1_000 as MonotonicMs)
  const at = (ms: number) => signal(ms as MonotonicMs)
  t.equal(at(1_000), 0)
  t.equal(at(1_050), 5)
  t.equal(at(1_200), 20)
  t.equal(at(1_300), 0, 'from the beginning')
  t.equal(at(900), 20, 'also before it began')
})
