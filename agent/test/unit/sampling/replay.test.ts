import { readFileSync } from 'node:fs'
import { SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import { Sampler } from '@hygeia/agent/sampling/sampler'
import { buildSensors } from '@hygeia/agent/sampling/sensors'
import { simulatedMachine } from '@hygeia/agent/simulation/machine'
import { ICU_VITALS } from '@hygeia/agent/simulation/recording'
import type { Missing, Sample } from '@hygeia/protocol/sample'
import t from 'tap'

const START = Date.UTC(2026, 0, 31, 22, 0)

/** The recording as anybody would read it, by its text and not by our reader. */
const ROWS = readFileSync(ICU_VITALS, 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))

function sensorsFor(rateChannel: string) {
  return SensorsConfig.parse([
    {
      name: 'finger',
      kind: 'max32664',
      resetLine: 17,
      mfioLine: 27,
      channels: [
        { channel: rateChannel, from: 'heart-rate', periodMs: 60_000 },
        { channel: 'spo2', from: 'spo2', periodMs: 60_000 },
      ],
    },
    {
      name: 'skin',
      kind: 'tmp117',
      address: '0x48',
      channels: [{ channel: 'skin-temperature', from: 'temperature', periodMs: 60_000 }],
    },
  ])
}

async function replay(rateChannel: string, rateColumn: string) {
  const sensors = sensorsFor(rateChannel)
  const simulation = SimulationConfig.parse({
    source: { kind: 'recording' },
    feeds: { finger: { 'heart-rate': rateColumn } },
    time: { startUnixMs: START, speed: 'max' },
  })
  const machine = await simulatedMachine(sensors, simulation)
  const plans = await buildSensors(sensors, machine)
  const sampler = new Sampler({ ...machine, queueLimit: 64 }, { ...machine, sensors: plans })
  const samples: Sample[] = []
  for await (const sample of sampler.samples(new AbortController().signal)) samples.push(sample)
  const offset = machine.clock.now() - machine.clock.monotonic()
  return { samples, sampler, offset }
}

/** What a minute of the recording must become at the hub: a value, or the reason why there is none. */
function expected(field: string, other: string): number | Missing {
  if (field !== '') return Number(field)
  return other === '' ? 'probe-off' : 'ambiguous'
}

const played = new Map<string, string>()

for (const { rateChannel, rateColumn, index, rates } of [
  { rateChannel: 'heart-rate', rateColumn: 'heart_rate_bpm', index: 1, rates: 1_890 },
  { rateChannel: 'pulse', rateColumn: 'pulse_rate_bpm', index: 2, rates: 1_573 },
]) {
  t.test(`every minute of ${rateColumn} and SpO2 comes out of the chip as it was recorded`, async (t) => {
    const { samples, sampler, offset } = await replay(rateChannel, rateColumn)
    played.set(rateColumn, JSON.stringify(samples))
    const wrong: string[] = []
    const counts = { rates: 0, spo2: 0, skin: 0 }
    for (const [minute, row] of ROWS.entries()) {
      const [rate = '', spo2 = ''] = [row[index], row[4]]
      const [rateSample, spo2Sample, skinSample] = samples.slice(minute * 3, minute * 3 + 3)
      const due = START + minute * 60_000
      const check = (sample: Sample | undefined, channel: string, want: number | Missing) => {
        const got = sample?.value ?? sample?.missing
        const isRight = sample?.channel === channel && sample.at + offset === due && got === want
        if (!isRight) wrong.push(`minute ${minute}: ${channel} ${got} instead of ${want}`)
      }
      check(rateSample, rateChannel, expected(rate, spo2))
      check(spo2Sample, 'spo2', expected(spo2, rate))
      // 11.5 /min is recorded, and below what such a sensor can measure.
      if ((rateSample?.suspect ?? false) !== (rate !== '' && Number(rate) < 20))
        wrong.push(`minute ${minute}: suspect`)
      if (rateSample?.value !== undefined) counts.rates++
      if (spo2Sample?.value !== undefined) counts.spo2++
      if (skinSample?.channel === 'skin-temperature' && Number.isInteger((skinSample.value ?? 0.1) * 128))
        counts.skin++
    }
    t.same(wrong, [])
    t.same(counts, { rates, spo2: 1_573, skin: 1_936 })
    t.equal(samples.length, 3 * 1_936, 'and nothing else')
    t.equal(sampler.status().skippedTicks, 0)
  })
}

t.test('two plays of the same recording are the same to the last bit', async (t) => {
  const again = await replay('heart-rate', 'heart_rate_bpm')
  t.equal(JSON.stringify(again.samples), played.get('heart_rate_bpm'))
})
