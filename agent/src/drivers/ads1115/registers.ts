// TI SBAS444E (ADS1113, ADS1114, ADS1115), §8.1. Registers are 16 bits, high byte first: bytes are swapped
// against an SMBus word.

export const Register = {
  conversion: 0x00,
  config: 0x01,
  lowThreshold: 0x02,
  highThreshold: 0x03,
} as const

/** Inputs, each against ground, and their MUX bits (§8.1.3, bits 14:12). */
export const INPUTS = { a0: 0b100 << 12, a1: 0b101 << 12, a2: 0b110 << 12, a3: 0b111 << 12 } as const
export type Input = keyof typeof INPUTS

/** Bit 15: written, it starts a single conversion; read, none is under way. */
export const OS = 0x8000
/** Full scale in V, either way, and its bits 11:9 (§8.1.3); the input itself must stay within the supply. */
export const RANGES = {
  6.144: 0b000 << 9,
  4.096: 0b001 << 9,
  2.048: 0b010 << 9,
  1.024: 0b011 << 9,
  0.512: 0b100 << 9,
  0.256: 0b101 << 9,
} as const
export type RangeV = keyof typeof RANGES
/** Covers a front end supplied with 3.3 V; the chip's own ±2.048 V after power-up would clip it. */
export const USUAL_RANGE_V: RangeV = 4.096

/** Counts from zero to full scale. */
export const FULL_SCALE = 0x8000
/** Bit 8. */
export const SINGLE_SHOT = 1 << 8
/** Bits 7:5. */
export const RATE_250_SPS = 0b101 << 5
export const RATE_860_SPS = 0b111 << 5
/**
 * From the command to the result of a single conversion at 860 SPS, in ms: 25 µs to wake up and one period (§7.4.2.1),
 * of an oscillator that is as slow as it may be.
 */
export const CONVERSION_MS = 0.025 + 1_000 / (860 * 0.9)
/** Bits 1:0: the comparator off, and ALERT/RDY in high impedance. */
export const COMPARATOR_OFF = 0b11

/** Data rates are within this fraction of their nominal (§6.5, "Data rate variation"). */
export const RATE_TOLERANCE = 0.1

/**
 * Thresholds after power-up, and those that make ALERT/RDY tell each conversion: the highest bit of the high one
 * set, that of the low one not (§7.3.8).
 */
export const POWER_UP_THRESHOLDS = { low: 0x8000, high: 0x7fff } as const
export const READY_THRESHOLDS = { low: 0x0000, high: 0x8000 } as const
