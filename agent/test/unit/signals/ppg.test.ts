import { HeartRateMeter, PPG } from '@hygeia/agent/signals/heart-rate'
import { recordedPpg, type Waveform } from '@hygeia/agent/simulation/recorded-waveforms'
import t from 'tap'
import heartpy from '../../recordings/ppg-heartpy.json' with { type: 'json' }
import { disturbed, motion } from '../../support/disturbance.ts'

/** Stretches of which HeartPy's file tells end at this second, and then every second. */
const FIRST_SECOND = 10
const GOOD = 0.95
const ppg = await recordedPpg()

/** Each second's heart rate. */
function ratesIn({ rateHz, values }: Waveform) {
  const meter = new HeartRateMeter(PPG, { rateHz })
  const rates: ReturnType<HeartRateMeter['heartRate']>[] = []
  values.forEach((value, index) => {
    meter.push(value)
    if ((index + 1) % rateHz === 0) rates.push(meter.heartRate())
  })
  return rates
}

t.test('the heart rate is what an independent detector finds', async (t) => {
  const compared = ratesIn(ppg).flatMap((rate, index) => {
    // Beats are certain a second late: what is known at the end of this second is of the stretch that ended before it.
    const reference = heartpy[index - FIRST_SECOND]
    if ('missing' in rate || reference === undefined) return []
    return [{ second: index + 1, off: Math.abs(rate.perMinute - reference), quality: rate.quality }]
  })
  const good = compared.filter(({ quality }) => quality >= GOOD)
  t.ok(good.length > 200, `${good.length} stretches of good quality`)
  t.same(
    good.filter(({ off }) => off > 2),
    [],
    'within 2/min in all of them',
  )
  const other = compared.filter(({ quality, off }) => quality < GOOD && off > 2)
  t.ok(other.length <= 3, `${other.length} of ${compared.length - good.length} others are further off`)
})

const spoilt = (spoil: (value: number, seconds: number) => number): Waveform => ({
  rateHz: ppg.rateHz,
  values: ppg.values.map((value, index) => spoil(value, index / ppg.rateHz)),
})
const BAD = [
  ['a finger that is pulled out', spoilt((value, seconds) => (seconds < 40 ? value : 0))],
  ['a sensor that is blinded', spoilt((value, seconds) => (seconds < 40 ? value : 2_300))],
  ['movement', { ...ppg, values: disturbed(ppg, motion(4_000)).values }],
] as const
for (const [name, waveform] of BAD) {
  t.test(`${name} has no heart rate`, async (t) => {
    const rates = ratesIn(waveform).slice(55, 300)
    const valued = rates.filter((rate) => 'perMinute' in rate)
    t.equal(valued.length, 0, `${valued.length} of ${rates.length}`)
  })
}

t.test('nothing is said before ten seconds are there', async (t) => {
  const rates = ratesIn(ppg)
  t.same(
    rates.slice(0, 9),
    Array.from({ length: 9 }, () => ({ missing: 'not-yet' })),
  )
  t.match(rates[12], { perMinute: Number })
})
