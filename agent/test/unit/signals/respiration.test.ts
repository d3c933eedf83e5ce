import { BeltMeter, type RespiratoryRate, StrokeMeter } from '@hygeia/agent/signals/respiration'
import { repetitionPerMinute } from '@hygeia/agent/signals/spectrum'
import t from 'tap'
import { motion } from '../../support/disturbance.ts'

const RATE_HZ = 25
const SECONDS = 60

/** A chest that widens for two fifths of each breath, the heart on it, and movement. */
function breathe(perMinute: number, { swing = 200, noise = 10 } = {}): RespiratoryRate {
  const belt = new BeltMeter({ rateHz: RATE_HZ, leastSwing: 50 })
  const moves = motion(noise)
  for (let index = 0; index < SECONDS * RATE_HZ; index++) {
    const seconds = index / RATE_HZ
    const phase = ((perMinute / 60) * seconds) % 1
    const chest = phase < 0.4 ? Math.sin((Math.PI * phase) / 0.8) : Math.cos((Math.PI * (phase - 0.4)) / 1.2)
    const heart = 0.1 * Math.sin(2 * Math.PI * 1.2 * seconds)
    belt.push(1_000 + swing * (chest + heart) + moves(seconds))
  }
  return belt.respiratoryRate()
}

t.test('a belt tells how often the chest widens', async (t) => {
  for (const perMinute of [6, 8, 12, 16, 20, 25, 30, 40, 50]) {
    const rate = breathe(perMinute)
    t.ok('perMinute' in rate && Math.abs(rate.perMinute - perMinute) < 0.5, `${perMinute}/min`)
  }
})

t.test('a belt that nobody wears, or that is only shaken, has no rate', async (t) => {
  t.same(breathe(15, { swing: 2, noise: 1 }), { missing: 'probe-off' })
  t.same(breathe(15, { swing: 0, noise: 300 }), { missing: 'ambiguous' })
  t.same(new BeltMeter({ rateHz: RATE_HZ, leastSwing: 50 }).respiratoryRate(), { missing: 'not-yet' })
})

/** Beats of 75/min whose height, depth and rhythm breathing changes, each as often as told. */
function pulsate(intensity: number, amplitude: number, rhythm: number): RespiratoryRate {
  const meter = new StrokeMeter()
  const wave = (perMinute: number, at: number) => Math.sin((2 * Math.PI * perMinute * at) / 60_000)
  let at = 0
  while (at < SECONDS * 1_000) {
    const intervalMs = 800 + 40 * wave(rhythm, at)
    at += intervalMs
    const peak = 1_000 + 100 * wave(intensity, at)
    meter.push({ at, peak, trough: peak - 500 - 60 * wave(amplitude, at), intervalMs })
  }
  return meter.respiratoryRate(at)
}

t.test('a pulse tells how often it is changed, when all of it says the same', async (t) => {
  for (const perMinute of [8, 12, 15, 20, 30]) {
    const rate = pulsate(perMinute, perMinute, perMinute)
    t.ok('perMinute' in rate && Math.abs(rate.perMinute - perMinute) < 1, `${perMinute}/min`)
  }
  t.same(pulsate(12, 12, 25), { missing: 'ambiguous' }, 'rhythm says something else')
  t.same(new StrokeMeter().respiratoryRate(0), { missing: 'not-yet' })
})

t.test('nothing repeats itself in a straight line', async (t) => {
  t.equal(
    repetitionPerMinute(
      Float64Array.from({ length: 128 }, (_, index) => 3 * index),
      4,
    ),
    undefined,
  )
  t.equal(repetitionPerMinute(new Float64Array(128), 4), undefined)
})
