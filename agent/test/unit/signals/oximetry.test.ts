import { type SignalConfig, SignalsConfig, SPO2 } from '@hygeia/agent/signals/config'
import { LedOrder } from '@hygeia/agent/signals/led-order'
import { RatioMeter, saturationOf } from '@hygeia/agent/signals/oximetry'
import { Signals } from '@hygeia/agent/signals/signals'
import { madeUpPulse } from '@hygeia/agent/simulation/made-up-waveforms'
import { played, recordedPpg } from '@hygeia/agent/simulation/recorded-waveforms'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Missing, Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const RATE_HZ = 100
const INFRARED = channelNamed('ppg-infrared').name
const RED = channelNamed('ppg-red').name
const CONFIG = SignalsConfig.parse([{ kind: 'spo2', from: 'ppg-infrared', red: 'ppg-red' }]) as [
  SignalConfig & { readonly kind: 'spo2' },
]
const blood = played(await recordedPpg(), 0 as MonotonicMs)

/** Light of both colours of the recorded finger, whose blood makes `ratio`. */
const light = (ratio: number) => {
  const depth = 0.8 / 120_000
  return {
    infrared: (at: number) => 120_000 * (1 - depth * blood(at as MonotonicMs)),
    red: (at: number) => 90_000 * (1 - ratio * depth * blood(at as MonotonicMs)),
  }
}
type Light = ReturnType<typeof light>

interface Told {
  readonly second: number
  readonly value?: number | undefined
  readonly missing?: Missing | undefined
}

/** What is told of bursts of 17 as a driver gives them: a colour after the other. */
function told(signals: Signals, { infrared, red }: Light, { from = 0, seconds = 60 } = {}): Told[] {
  const found: Told[] = []
  const first = from * RATE_HZ
  for (let start = first; start < first + seconds * RATE_HZ; start += 17) {
    for (const [channel, signal] of [
      [INFRARED, infrared],
      [RED, red],
    ] as const) {
      for (let index = start; index < Math.min(start + 17, first + seconds * RATE_HZ); index++) {
        const at = (index * 10) as MonotonicMs
        const derived = signals.take({ channel, at, value: Math.round(signal(at)) } as Sample)
        for (const one of derived) {
          if (one.channel === SPO2.name)
            found.push({ second: one.at / 1_000, value: one.value, missing: one.missing })
        }
      }
    }
  }
  return found
}

const known = () => new Signals(CONFIG, { isOrderKnown: () => true })
const unknown = () => new Signals(CONFIG, { isOrderKnown: () => false })
const values = (all: readonly Told[]) => all.flatMap(({ value }) => value ?? [])
const reasons = (all: readonly Told[]) => new Set(all.map(({ missing }) => missing))

/** Of UG7087's curve by hand: 1.5958422·r² − 34.659664·r + 112.68987. */
const CURVE = [
  [0.4, 99.08],
  [0.5, 95.76],
  [0.8, 85.98],
  [1, 79.63],
] as const
for (const [ratio, percent] of CURVE) {
  t.test(`a pulse that is ${ratio} times as deep in red light is ${percent} %`, async (t) => {
    const found = values(told(known(), light(ratio)))
    t.ok(found.length > 30, `${found.length} of 60`)
    const off = Math.max(...found.map((value) => Math.abs(value - percent)))
    t.ok(off < 0.5, `within ${off.toFixed(2)}`)
  })
}

t.test('the ratio is a ratio of ratios: how bright either LED is does not matter', async (t) => {
  const { infrared, red } = light(0.6)
  const ratioOf = (brightness: number) => {
    const meter = new RatioMeter({ rateHz: RATE_HZ })
    for (let at = 0; at < 30_000; at += 10) meter.push(infrared(at), brightness * red(at))
    return meter.ratio()
  }
  const [one, other] = [ratioOf(1), ratioOf(0.3)]
  t.ok('ratio' in one && Math.abs(one.ratio - 0.6) < 0.01)
  t.ok('ratio' in one && 'ratio' in other && Math.abs(one.ratio - other.ratio) < 1e-9)
})

t.test('no value before the pulse is sure, without one, and while the finger is off', async (t) => {
  const first = told(known(), light(0.5)).filter(({ second }) => second < 10)
  t.same(values(first), [])
  t.same(reasons(first), new Set(['not-yet']))
  const dark = { infrared: () => 120_000, red: () => 90_000 }
  t.same(values(told(known(), dark)), [])
  const signals = known()
  t.ok(values(told(signals, light(0.5), { seconds: 30 })).length > 0)
  const off = [31, 32].flatMap((second) =>
    signals.take({ channel: INFRARED, at: (second * 1_000) as MonotonicMs, missing: 'probe-off' }),
  )
  t.match(off, [{ channel: SPO2.name, missing: 'probe-off' }])
  const again = told(signals, light(0.5), { from: 33, seconds: 8 })
  t.same(values(again), [], 'what was before the finger came back is forgotten')
})

t.test('light that one LED does not give, and noise, are no saturation', async (t) => {
  const { infrared } = light(0.5)
  let seed = 1
  const noise = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647 - 0.5
  }
  const noisy = { infrared, red: () => 90_000 + 2_000 * noise() }
  t.same(values(told(known(), noisy)), [])
  const { red } = light(0.5)
  const disturbed = { infrared, red: (at: number) => red(at) + 4_000 * noise() }
  t.same(values(told(known(), disturbed)), [], 'a pulse that noise is as high as')
  const constant = { infrared, red: () => 90_000 }
  t.same(values(told(known(), constant)), [])
})

t.test('the LEDs’ current may change: nothing is told of before and after together', async (t) => {
  const { infrared, red } = light(0.5)
  const dimmed = (signal: (at: number) => number) => (at: number) => signal(at) * (at < 30_000 ? 1 : 0.5)
  const found = told(known(), { infrared: dimmed(infrared), red })
  const off = values(found).map((value) => Math.abs(value - 95.76))
  t.ok(Math.max(...off) < 0.5)
  t.ok(found.some(({ second, missing }) => second > 30 && second < 40 && missing === 'not-yet'))
})

t.test('a value whose other colour was lost is left out', async (t) => {
  const signals = known()
  const { infrared, red } = light(0.5)
  const found: Sample[] = []
  for (let at = 0; at < 30_000; at += 10) {
    found.push(...signals.take({ channel: INFRARED, at: at as MonotonicMs, value: infrared(at) } as Sample))
    if (at % 1_000 === 500) continue
    found.push(...signals.take({ channel: RED, at: at as MonotonicMs, value: red(at) } as Sample))
  }
  const got = found.flatMap(({ value }) => value ?? [])
  t.ok(got.length > 5 && got.every((value) => Math.abs(value - 95.76) < 0.5), `${got}`)
})

t.test(
  'without anybody having looked, LEDs that are in order are found to be so, and only then trusted',
  async (t) => {
    const signals = unknown()
    const found = told(signals, light(0.5))
    const [first] = found.filter(({ value }) => value !== undefined)
    t.ok(first !== undefined && first.second >= 19 && first.second <= 30, `${first?.second} s`)
    t.same(signals.doubtful, [])
    // Eight seconds are averaged over.
    const low = values(
      told(signals, light(1.4), { from: 60, seconds: 30 }).filter(({ second }) => second > 70),
    )
    t.ok(low.length > 0 && low.every((value) => value < 70), 'what falls afterwards is told')
  },
)

t.test('a swapped board gives no saturation, says so, and does not come round when blood does', async (t) => {
  const signals = unknown()
  const found = told(signals, light(1 / 0.5))
  t.same(values(found), [])
  t.equal(found.at(-1)?.missing, 'ambiguous')
  t.same(signals.doubtful, [INFRARED])
  // 0.6 as the board has it is 1.7 in truth: some 60 %.
  t.same(values(told(signals, light(0.6), { from: 60 })), [])
})

t.test('light that could be either decides nothing', async (t) => {
  const signals = unknown()
  const found = told(signals, light(1))
  t.same(values(found), [])
  t.equal(found.at(-1)?.missing, 'not-yet')
  t.same(signals.doubtful, [])
})

t.test('reports that do not agree decide nothing, and another board is looked at anew', async (t) => {
  const order = new LedOrder()
  for (let count = 0; count < 40; count++) order.push(count % 9 === 8 ? 1.6 : 0.5)
  t.equal(order.state, 'undecided')
  for (let count = 0; count < 10; count++) order.push(0.5)
  t.equal(order.state, 'in-order')
  const signals = unknown()
  told(signals, light(2))
  t.same(signals.doubtful, [INFRARED])
  signals.take({ channel: INFRARED, at: 61_000 as MonotonicMs, missing: 'sensor-error' })
  t.same(signals.doubtful, [])
})

t.test('the curve ends at 100 %, and what is far above it is none', async (t) => {
  const { coefficients } = CONFIG[0]
  t.equal(saturationOf(0.36, coefficients), 100)
  t.equal(saturationOf(0.2, coefficients), undefined)
  t.equal(saturationOf(Number.NaN, coefficients), undefined)
})

t.test('a made-up pulse whose red is half as deep is the same', async (t) => {
  const pulse = { infrared: madeUpPulse(120_000, 0.02), red: madeUpPulse(100_000, 0.01) } as unknown as Light
  const found = values(told(known(), pulse))
  t.ok(found.length > 0 && found.every((value) => Math.abs(value - 95.76) < 0.5), `${found.slice(0, 3)}`)
})
