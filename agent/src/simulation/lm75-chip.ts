import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Signal } from './signal.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the datasheets (SNIS153B, SLLS648D) and not from the driver, so that one can be wrong without the
// other. One-shot conversions and the alarm output are not simulated.
const TEMPERATURE = 0
const CONFIGURATION = 1
const SHUTDOWN = 0x01

/** What differs between the members of the family. */
const PARTS = {
  lm75: {
    /** D7 to D5 must be kept zero. */
    configurationBits: 0x1f,
    limitBits: 0xff80,
    /** D6 to D0 of every 16-bit register are undefined: at their worst here. */
    undefinedBits: 0x007f,
    /** The longest there is; always nine bits. */
    conversions: [{ ms: 300, bits: 9 }],
    /** "It will be interrupted and restarted after the end of the read." */
    restartsWhenRead: true,
  },
  tmp105: {
    /** OS always reads as zero. */
    configurationBits: 0x7f,
    limitBits: 0xfff0,
    undefinedBits: 0,
    /** By R[1:0]: half as long for each bit less, typically 27.5 to 220 ms; slower than that here. */
    conversions: [
      { ms: 40, bits: 9 },
      { ms: 80, bits: 10 },
      { ms: 160, bits: 11 },
      { ms: 320, bits: 12 },
    ],
    restartsWhenRead: false,
  },
} as const

export interface Lm75ChipOptions {
  readonly part: keyof typeof PARTS
}

export interface Lm75ChipDeps {
  readonly clock: Clock
  /** Temperature at the chip in °C; where there is none, it does not acknowledge a read of its result. */
  readonly temperature: Signal
  /** Told the two bytes that a read of the result register hands out. */
  readonly onRead?: ((result: Uint8Array) => void) | undefined
}

/** LM75 or TMP105 at register level: pointer, continuous conversion, resolution, shutdown. */
export class Lm75Chip implements SimulatedI2cChip {
  readonly #part: (typeof PARTS)[keyof typeof PARTS]
  readonly #deps: Lm75ChipDeps
  #pointer = 0
  #configuration = 0
  #limits: [low: number, high: number] = [0, 0]
  #result: number | undefined = 0
  #convertsSince = 0

  constructor({ part }: Lm75ChipOptions, deps: Lm75ChipDeps) {
    this.#part = PARTS[part]
    this.#deps = deps
  }

  powerOn(): void {
    this.#pointer = TEMPERATURE
    this.#configuration = 0
    // 75 °C and 80 °C.
    this.#limits = [0x4b00, 0x5000]
    // 0 °C until the first conversion is complete.
    this.#result = 0
    this.#convertsSince = this.#deps.clock.monotonic()
  }

  powerOff(): void {}

  receive(bytes: Uint8Array): boolean {
    const [pointer, first, second] = bytes
    if (pointer === undefined) return true
    this.#pointer = pointer
    if (first === undefined) return true
    if (pointer === CONFIGURATION) {
      this.#convert()
      this.#configuration = first & this.#part.configurationBits
      this.#convertsSince = this.#deps.clock.monotonic()
    } else if (second !== undefined && (pointer === 2 || pointer === 3)) {
      this.#limits[pointer === 2 ? 0 : 1] = ((first << 8) | second) & this.#part.limitBits
    }
    return true
  }

  transmit(length: number): Uint8Array | undefined {
    this.#convert()
    const answer = this.#answer()
    if (this.#part.restartsWhenRead) this.#convertsSince = this.#deps.clock.monotonic()
    if (answer === undefined) return undefined
    if (this.#pointer === TEMPERATURE) this.#deps.onRead?.(answer)
    const bytes = new Uint8Array(length).fill(0xff)
    bytes.set(answer.subarray(0, length))
    return bytes
  }

  #answer(): Uint8Array | undefined {
    switch (this.#pointer) {
      case TEMPERATURE:
        return this.#result === undefined ? undefined : this.#bytesOf(this.#result)
      case CONFIGURATION:
        return Uint8Array.of(this.#configuration)
      case 2:
        return this.#bytesOf(this.#limits[0])
      case 3:
        return this.#bytesOf(this.#limits[1])
      default:
        // P7 to P2 must be kept zero.
        return new Uint8Array()
    }
  }

  #bytesOf(word: number): Uint8Array {
    const sent = word | this.#part.undefinedBits
    return Uint8Array.of(sent >> 8, sent & 0xff)
  }

  /** Catch up with the conversions that were completed since the last look. */
  #convert(): void {
    if ((this.#configuration & SHUTDOWN) !== 0) return
    const { conversions } = this.#part
    const { ms, bits } = conversions[(this.#configuration >> 5) & 3] ?? conversions[0]
    const completed = Math.floor((this.#deps.clock.monotonic() - this.#convertsSince) / ms)
    if (completed === 0) return
    this.#convertsSince += completed * ms
    const celsius = this.#deps.temperature(this.#convertsSince as MonotonicMs)
    this.#result = celsius === undefined ? undefined : wordOf(celsius, bits)
  }
}

/** Left-aligned two's complement; beyond its ends, the largest and the smallest (SLLS648D table 5: 128 °C). */
function wordOf(celsius: number, bits: number): number {
  const half = 2 ** (bits - 1)
  const counts = Math.round((celsius * half) / 128)
  return (Math.max(-half, Math.min(half - 1, counts)) << (16 - bits)) & 0xffff
}
