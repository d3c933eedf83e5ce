import { BeatFinder } from '@hygeia/agent/signals/beat-finder'
import { ECG, HeartRateMeter } from '@hygeia/agent/signals/heart-rate'
import { markedBeats, played, recordedEcg, type Waveform } from '@hygeia/agent/simulation/recorded-waveforms'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { matchBeats } from '../../support/beat-match.ts'
import { disturbed, motion, sine } from '../../support/disturbance.ts'

const WITHIN_MS = 75
const ecg = await recordedEcg()
const marks = await markedBeats()

function beatsIn({ rateHz, values }: Waveform): readonly number[] {
  const meter = new HeartRateMeter(ECG, { rateHz })
  const found: number[] = []
  values.forEach((value, index) => {
    const age = meter.push(value)
    if (age >= 0) found.push(index - age)
  })
  return found
}

/** After two seconds, and until what is too late to be certain of. */
const match = (waveform: Waveform) =>
  matchBeats(beatsIn(waveform), marks, {
    rateHz: waveform.rateHz,
    withinMs: WITHIN_MS,
    from: 2 * waveform.rateHz,
    to: waveform.values.length - waveform.rateHz,
  })

t.test('beats are where cardiologists marked them', async (t) => {
  const { marked, missed, errorsMs, ...rest } = match(ecg)
  t.equal(marked, 367)
  t.ok(missed <= 1, `${missed} missed`)
  t.ok(rest.false <= 1, `${rest.false} false`)
  t.ok((errorsMs.at(-1) ?? Number.NaN) <= 20, `at most ${errorsMs.at(-1)} ms away`)
})

// Rates of an ADS1115 whose values are asked for: one input, and two in turn.
for (const rateHz of [200, 100]) {
  t.test(`they are found at ${rateHz} values a second, also with mains of 2 mV`, async (t) => {
    const signal = played(ecg, 0 as MonotonicMs)
    const length = (ecg.values.length / ecg.rateHz) * rateHz
    const mains = sine(1_000, 50)
    const values = Float64Array.from({ length: Math.floor(length) }, (_, index) => {
      const seconds = index / rateHz
      return signal((seconds * 1_000) as MonotonicMs) + mains(seconds + 0.003)
    })
    const resampled = marks.map((mark) => (mark * rateHz) / ecg.rateHz)
    const found = matchBeats(beatsIn({ rateHz, values }), resampled, {
      rateHz,
      withinMs: WITHIN_MS,
      from: 2 * rateHz,
      to: values.length - rateHz,
    })
    t.equal(found.marked, 367)
    t.ok(found.missed <= 1, `${found.missed} missed`)
    t.ok(found.false <= 1, `${found.false} false`)
  })
}

const DISTURBANCES = [
  ['a baseline that wanders by 2 mV', sine(1_000, 0.3)],
  ['mains of 2 mV', sine(1_000, 50)],
  ['muscle noise of 0.1 mV', motion(100)],
  ['all of them at once', (seconds: number) => sine(1_000, 0.3)(seconds) + sine(1_000, 50)(seconds)],
] as const
for (const [name, disturbance] of DISTURBANCES) {
  t.test(`${name} hides none`, async (t) => {
    const { missed, ...rest } = match(disturbed(ecg, disturbance))
    t.ok(missed <= 1, `${missed} missed`)
    t.ok(rest.false <= 1, `${rest.false} false`)
  })
}

t.test('in noise as large as the beats there is no heart rate, and it comes back', async (t) => {
  const { rateHz, values } = ecg
  const noise = motion(2_000)
  const meter = new HeartRateMeter(ECG, { rateHz })
  const told: Record<'clear' | 'noisy' | 'again', unknown[]> = { clear: [], noisy: [], again: [] }
  values.subarray(0, 90 * rateHz).forEach((value, index) => {
    const seconds = index / rateHz
    meter.push(seconds >= 30 && seconds < 60 ? value + noise(seconds) : value)
    if (index % rateHz !== 0) return
    const rate = meter.heartRate()
    if (seconds >= 12 && seconds < 30) told.clear.push(rate)
    // Ten seconds of noise only, and of none.
    if (seconds >= 42 && seconds < 60) told.noisy.push(rate)
    if (seconds >= 72) told.again.push(rate)
  })
  t.ok(
    told.clear.every((rate) => 'perMinute' in (rate as object)),
    'before',
  )
  t.same(
    new Set(told.noisy.map((rate) => JSON.stringify(rate))),
    new Set(['{"missing":"ambiguous"}']),
    'meanwhile',
  )
  t.ok(
    told.again.every((rate) => 'perMinute' in (rate as object)),
    'after',
  )
})

t.test('a flat line has no beats', async (t) => {
  const flat = { rateHz: 250, values: new Float64Array(60 * 250).fill(1_500) }
  t.same(beatsIn(flat), [])
  t.same(beatsIn(disturbed(flat, motion(10))), [], 'nor has the noise of an amplifier')
})

t.test('of two that are too near to one another the greater is the beat', async (t) => {
  const finder = new BeatFinder({ rateHz: 100, eventMs: 90, beatMs: 610, offset: 0.08, floor: 1 })
  const bump = (at: number, height: number) => (index: number) =>
    height * Math.exp(-(((index - at) / 4) ** 2))
  const beats = [100, 200, 300, 400].flatMap((at) => [bump(at, 100), bump(at + 20, 60)])
  const found: number[] = []
  for (let index = 0; index < 500; index++) {
    const age = finder.push(beats.reduce((sum, beat) => sum + beat(index), 0))
    if (age >= 0) found.push(index - age)
  }
  t.same(found, [100, 200, 300, 400])
})
