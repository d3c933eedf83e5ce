// Written from the integer formulas of BST-BME280-DS002 §4.2.3, where the driver has the floating-point ones
// of its appendix, so that one can be wrong without the other.

/** Trimming of a chip that exists: that of the tests of pimoroni/bme280-python. */
export const TRIMMING = {
  t: [28009, 25654, 50],
  p: [39145, -10750, 3024, 5667, -120, -7, 15500, -14600, 6000],
  h: [75, 376, 0, 286, 50, 30],
} as const

const [T1, T2, T3] = big(TRIMMING.t)
const [P1, P2, P3, P4, P5, P6, P7, P8, P9] = big(TRIMMING.p)
const [H1, H2, H3, H4, H5, H6] = big(TRIMMING.h)

/** Whole counts of `t_fine` in a °C. */
const FINE_PER_CELSIUS = 5120
const Q24_8 = 256
const Q22_10 = 1024

/** What a measurement leaves in the data registers. */
export interface ClimateCounts {
  readonly temperature: number
  readonly pressure: number
  readonly humidity: number
}

/**
 * How many bits the converter has of each quantity: 16, and one more for each step of oversampling (§3.4).
 */
export interface Widths {
  readonly temperature: number
  readonly pressure: number
}

/**
 * The counts that come closest to `celsius`, `hectopascal` and `percent`, which are 20, 20 and 16 bits wide.
 */
export function countsOf(
  { celsius, hectopascal, percent }: { celsius: number; hectopascal: number; percent: number },
  widths: Widths,
): ClimateCounts {
  const temperature = nearest(widths.temperature, 20, (raw) => Number(fine(raw)) / FINE_PER_CELSIUS - celsius)
  const warmth = fine(BigInt(temperature))
  // Falling, where a search wants what rises.
  const tooLow = (raw: bigint) => hectopascal - Number(pascalQ8(raw, warmth)) / Q24_8 / 100
  const tooHumid = (raw: bigint) => Number(percentQ10(raw, warmth)) / Q22_10 - percent
  return {
    temperature,
    pressure: nearest(widths.pressure, 20, tooLow),
    humidity: nearest(16, 16, tooHumid),
  }
}

/**
 * The count, of `bits` bits whose lowest are 0 beyond `width`, where the rising `excess` is closest to zero.
 */
function nearest(width: number, bits: number, excess: (raw: bigint) => number): number {
  const scale = 2 ** (bits - width)
  const at = (step: number) => excess(BigInt(step * scale))
  let [low, high] = [0, 2 ** width - 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (at(middle) <= 0) low = middle
    else high = middle
  }
  return (Math.abs(at(low)) <= Math.abs(at(high)) ? low : high) * scale
}

function fine(raw: bigint): bigint {
  const linear = (((raw >> 3n) - (T1 << 1n)) * T2) >> 11n
  const beyond = (raw >> 4n) - T1
  return linear + ((((beyond * beyond) >> 12n) * T3) >> 14n)
}

function pascalQ8(raw: bigint, warmth: bigint): bigint {
  const x = warmth - 128000n
  const offset = x * x * P6 + ((x * P5) << 17n) + (P4 << 35n)
  const slope = (((1n << 47n) + ((x * x * P3) >> 8n) + ((x * P2) << 12n)) * P1) >> 33n
  const p = ((((1048576n - raw) << 31n) - offset) * 3125n) / slope
  const square = (P9 * (p >> 13n) * (p >> 13n)) >> 25n
  return ((p + square + ((P8 * p) >> 19n)) >> 8n) + (P7 << 4n)
}

function percentQ10(raw: bigint, warmth: bigint): bigint {
  const x = warmth - 76800n
  const beyond = ((raw << 14n) - (H4 << 20n) - H5 * x + 16384n) >> 15n
  const bend = ((((x * H6) >> 10n) * (((x * H3) >> 11n) + 32768n)) >> 10n) + 2097152n
  const linear = beyond * ((bend * H2 + 8192n) >> 14n)
  const bent = linear - (((((linear >> 15n) * (linear >> 15n)) >> 7n) * H1) >> 4n)
  // The search needs to know by how much it is beyond 0 and 100 %, to which the datasheet limits this.
  return bent >> 12n
}

function big<const T extends readonly number[]>(numbers: T): { [K in keyof T]: bigint } {
  return numbers.map(BigInt) as { [K in keyof T]: bigint }
}
