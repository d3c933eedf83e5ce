/** Breaths a minute that are looked for, and how finely. */
const LEAST_PER_MINUTE = 4
const MOST_PER_MINUTE = 65
const STEP_PER_MINUTE = 0.5
/** What lies so near to the greatest is part of it: a window of 32 s cannot part what is closer. */
const NEAR_PER_MINUTE = 3
/** Least share of the power of a stretch that is one breath's and its harmonics', in a stretch that is believed. */
const LEAST_SHARE = 0.5

/**
 * The rate at which a slow signal repeats itself, by the greatest of its periodogram.
 *
 * @param values - evenly spaced, of a stretch of half a minute or so
 * @returns 4 to 65 per minute; `undefined` when no rate stands out
 */
export function repetitionPerMinute(values: Float64Array, rateHz: number): number | undefined {
  const windowed = withoutTrend(values)
  let total = 0
  let greatest = 0
  let at = 0
  const power: number[] = []
  for (let perMinute = LEAST_PER_MINUTE; perMinute <= MOST_PER_MINUTE; perMinute += STEP_PER_MINUTE) {
    const here = powerAt(windowed, perMinute / 60 / rateHz)
    power.push(here)
    total += here
    if (here > greatest) {
      greatest = here
      at = power.length - 1
    }
  }
  if (total === 0) return undefined
  const reach = NEAR_PER_MINUTE / STEP_PER_MINUTE
  const near = (middle: number) =>
    power.slice(Math.max(0, middle - reach), middle + reach + 1).reduce((sum, here) => sum + here, 0)
  const perMinute = LEAST_PER_MINUTE + at * STEP_PER_MINUTE
  // Breathing is no sine: its first harmonic speaks for it.
  const harmonic = Math.round((2 * perMinute - LEAST_PER_MINUTE) / STEP_PER_MINUTE)
  const own = near(at) + (harmonic - reach > at + reach ? near(harmonic) : 0)
  return own / total >= LEAST_SHARE ? perMinute + STEP_PER_MINUTE * refined(power, at) : undefined
}

/** Less its line of least squares, under a Hann window. */
function withoutTrend(values: Float64Array): Float64Array {
  const { length } = values
  const middle = (length - 1) / 2
  let mean = 0
  let slope = 0
  let spread = 0
  values.forEach((value, index) => {
    mean += value / length
    slope += value * (index - middle)
    spread += (index - middle) ** 2
  })
  return values.map(
    (value, index) =>
      (value - mean - (slope / spread) * (index - middle)) *
      0.5 *
      (1 - Math.cos((2 * Math.PI * index) / (length - 1))),
  )
}

/** @param cycles - per value */
function powerAt(values: Float64Array, cycles: number): number {
  let real = 0
  let imaginary = 0
  values.forEach((value, index) => {
    real += value * Math.cos(2 * Math.PI * cycles * index)
    imaginary += value * Math.sin(2 * Math.PI * cycles * index)
  })
  return real * real + imaginary * imaginary
}

/** Where between its neighbours the greatest lies, −0.5 to 0.5, by the parabola through them. */
function refined(power: readonly number[], at: number): number {
  const [before, here, after] = [power[at - 1], power[at], power[at + 1]]
  if (before === undefined || here === undefined || after === undefined) return 0
  const curve = before - 2 * here + after
  return curve < 0 ? (before - after) / (2 * curve) : 0
}
