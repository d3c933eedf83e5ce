import { SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import { Sampler } from '@hygeia/agent/sampling/sampler'
import { buildSensors } from '@hygeia/agent/sampling/sensors'
import { simulatedMachine } from '@hygeia/agent/simulation/machine'
import type { Sample } from '@hygeia/protocol/sample'
import { sleep } from '@hygeia/runtime/clock'
import t from 'tap'

const never = new AbortController().signal
const LO_PLUS = 6

const CONFIGS = SensorsConfig.parse([
  {
    name: 'chest',
    kind: 'ads1115',
    readyLine: 5,
    leadOffLines: [LO_PLUS, 13],
    channels: [{ channel: 'ecg-ii', from: 'voltage' }],
  },
  {
    name: 'finger',
    kind: 'max30102',
    interruptLine: 4,
    channels: [
      { channel: 'ppg-infrared', from: 'infrared' },
      { channel: 'ppg-red', from: 'red' },
    ],
  },
  {
    name: 'skin',
    kind: 'tmp117',
    address: '0x48',
    channels: [{ channel: 'skin-temperature', from: 'temperature' }],
  },
])

type Machine = Awaited<ReturnType<typeof simulatedMachine>>

async function play(seconds: number, meanwhile: (machine: Machine) => Promise<void> = async () => {}) {
  const simulation = { source: { kind: 'noise' }, time: { startUnixMs: 0, speed: 'max' } }
  const machine = await simulatedMachine(CONFIGS, SimulationConfig.parse(simulation))
  const { origin } = machine
  const sensors = await buildSensors(CONFIGS, machine)
  const endAt = (origin + seconds * 1_000) as typeof origin
  const sampler = new Sampler({ ...machine, endAt, queueLimit: 64 }, { ...machine, sensors })
  const doing = meanwhile(machine)
  const samples: Sample[] = []
  for await (const sample of sampler.samples(never)) samples.push(sample)
  await doing
  await machine.hal.close()
  const of = (channel: string) => samples.filter((sample) => sample.channel === channel)
  return { of, origin }
}

/** In values a second, between the first and the last. */
function rateOf(samples: readonly Sample[]): number {
  const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)
  return ((samples.length - 1) * 1_000) / span
}

const isRising = (samples: readonly Sample[]) =>
  samples.every(({ at }, index) => index === 0 || at > (samples[index - 1]?.at ?? 0))

t.test('waveforms come at the chips’ own rates beside even grids', async (t) => {
  const { of, origin } = await play(60)
  const ecg = of('ecg-ii')
  const infrared = of('ppg-infrared')
  // The simulated oscillators are 2 % fast and 1.5 % slow.
  t.ok(Math.abs(rateOf(ecg) - 255) < 1, `${rateOf(ecg)} of 255 values a second`)
  t.ok(Math.abs(rateOf(infrared) - 98.5) < 0.5, `${rateOf(infrared)} of 98.5 values a second`)
  for (const samples of [ecg, infrared, of('ppg-red')]) {
    t.ok(isRising(samples))
    t.ok(
      samples.every(({ missing }) => missing === undefined),
      'none is missing',
    )
  }
  t.same(
    of('skin-temperature').map(({ at }) => at),
    Array.from({ length: 60 }, (_, second) => origin + second * 1_000),
  )
  const peaks = ecg.filter(
    ({ value = 0 }, index) =>
      value > 800 && value >= (ecg[index - 1]?.value ?? 0) && value > (ecg[index + 1]?.value ?? 0),
  )
  // A beat each 800 ms, in a minute and the seconds of warming up.
  const beats = peaks.slice(1).map(({ at }, index) => at - (peaks[index]?.at ?? 0))
  t.ok(
    beats.slice(5).every((ms) => Math.abs(ms - 800) <= 8),
    `beats are ${Math.min(...beats.slice(5))} to ${Math.max(...beats.slice(5))} ms apart`,
  )
})

t.test('an electrode that is off is told each second, and nothing is made up meanwhile', async (t) => {
  const { of, origin } = await play(20, async ({ clock, gpio, origin }) => {
    await clock.sleepUntil((origin + 5_050) as typeof origin, never)
    gpio.drive(LO_PLUS, 1)
    await sleep(clock, 5_000, never)
    gpio.drive(LO_PLUS, 0)
  })
  const ecg = of('ecg-ii')
  t.ok(isRising(ecg))
  const off = ecg.filter(({ at }) => at > origin + 5_150 && at < origin + 9_900)
  t.ok(off.every(({ missing }) => missing === 'probe-off'))
  t.ok(off.length >= 4 && off.length <= 5, `${off.length} in 4.75 s`)
  t.ok(
    ecg.filter(({ at, value }) => at > origin + 10_300 && value !== undefined).length > 2_300,
    'and it goes on',
  )
  t.ok(
    of('ppg-red').every(({ missing }) => missing === undefined),
    'the other waveform goes on',
  )
})

t.test('an unplugged chip is away, the others go on, and it comes back', async (t) => {
  const { of, origin } = await play(30, async ({ bus, clock, origin }) => {
    await clock.sleepUntil((origin + 5_000) as typeof origin, never)
    bus(1).unplug(0x57)
    await sleep(clock, 5_000, never)
    bus(1).replug(0x57)
  })
  const infrared = of('ppg-infrared')
  t.ok(isRising(infrared))
  const away = infrared.filter(({ at }) => at > origin + 5_100 && at < origin + 10_000)
  t.ok(away.length >= 4 && away.every(({ missing }) => missing === 'sensor-error'))
  t.ok(infrared.filter(({ at, value }) => at > origin + 20_000 && value !== undefined).length > 950)
  t.ok(of('ecg-ii').every(({ missing }) => missing === undefined))
  t.equal(of('skin-temperature').length, 30)
})
