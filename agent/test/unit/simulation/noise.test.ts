import { noisyVitals } from '@hygeia/agent/simulation/noise'
import type { Signal } from '@hygeia/agent/simulation/signal'
import { channelNamed } from '@hygeia/protocol/channel'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const HOURS = 2
const seconds = Array.from({ length: HOURS * 3_600 }, (_, second) => (second * 1_000) as MonotonicMs)
const played = (signal: Signal) => seconds.map((at) => signal(at) ?? Number.NaN)

t.test('the same seed is the same patient, whatever is asked in which order', async (t) => {
  const [one, again, other] = [noisyVitals(7), noisyVitals(7), noisyVitals(8)]
  const forwards = played(one.heartRate)
  const backwards = seconds.toReversed().map((at) => again.heartRate(at) ?? Number.NaN)
  const differing = (values: readonly number[]) => values.filter((value, index) => value !== forwards[index])
  t.equal(differing(backwards.toReversed()).length, 0)
  t.ok(differing(played(other.heartRate)).length > seconds.length * 0.9)
})

t.test('every value is one that a resting patient may have', async (t) => {
  const vitals = noisyVitals(1)
  const within = (values: readonly number[], low: number, high: number) =>
    values.every((v) => v >= low && v <= high)
  t.ok(within(played(vitals.heartRate), 45, 110))
  t.ok(within(played(vitals.pulse), 45, 110))
  t.ok(within(played(vitals.spo2), 90, 100))
  t.ok(within(played(vitals.temperature), 31, 36))
})

t.test('it moves like a sensor does: from second to second, a little, most of the time', async (t) => {
  const vitals = noisyVitals(1)
  const stirring = (values: readonly number[], name: string) => {
    const { perUnit } = channelNamed(name)
    const counts = values.map((value) => Math.round(value * perUnit))
    const steps = counts.slice(1).map((count, index) => Math.abs(count - (counts[index] ?? 0)))
    return {
      changed: steps.filter((step) => step > 0).length / steps.length,
      mean: steps.reduce((sum, step) => sum + step, 0) / steps.length,
    }
  }
  const heart = stirring(played(vitals.heartRate), 'heart-rate')
  t.ok(
    heart.changed > 0.8 && heart.mean > 2 && heart.mean < 12,
    `heart rate ${JSON.stringify(heart)} in tenths`,
  )
  const spo2 = stirring(played(vitals.spo2), 'spo2')
  t.ok(spo2.changed > 0.3 && spo2.mean > 0.3 && spo2.mean < 3, `SpO2 ${JSON.stringify(spo2)} in tenths`)
  const skin = stirring(played(vitals.temperature), 'skin-temperature')
  t.ok(skin.changed > 0.3 && skin.mean > 0.3 && skin.mean < 2, `skin ${JSON.stringify(skin)} in 1/128 °C`)
})

t.test('the finger counts the beats of the same heart', async (t) => {
  const vitals = noisyVitals(3)
  const [heart, pulse] = [played(vitals.heartRate), played(vitals.pulse)]
  const apart = heart.map((rate, index) => Math.abs(rate - (pulse[index] ?? 0)))
  t.ok(Math.max(...apart) < 2, 'never far apart')
  t.ok(
    apart.some((difference) => difference > 0),
    'nor the same',
  )
})
