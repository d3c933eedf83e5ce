import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Signal } from './signal.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the datasheet (SNOSD82D §7.6) and not from the driver, so that one can be wrong without the other.
const RESET_VALUES = new Map([
  [0x00, 0x8000],
  [0x01, 0x0220],
  [0x02, 0x6000],
  [0x03, 0x8000],
  [0x04, 0x0000],
  [0x07, 0x0000],
  [0x0f, 0x0117],
])
const DATA_READY = 0x2000
const WRITABLE_SETTINGS = 0x0ffc
/** One conversion takes 15.5 ms; AVG[1:0] says how many make a result. */
const CONVERSION_MS = 15.5
const AVERAGED = [1, 8, 32, 64] as const
/** CONV[2:0]: a result every so many ms, or as often as the averaging allows. */
const CYCLE_MS = [15.5, 125, 250, 500, 1_000, 4_000, 8_000, 16_000] as const

export interface Tmp117ChipDeps {
  readonly clock: Clock
  /** Temperature at the chip in °C; while there is none, no conversion completes. */
  readonly temperature: Signal
  /** Told the two bytes that a read of the result register hands out. */
  readonly onRead?: ((result: Uint8Array) => void) | undefined
}

/** TMP117 at register level: pointer, continuous conversion, averaging time, data-ready flag. */
export class Tmp117Chip implements SimulatedI2cChip {
  readonly #deps: Tmp117ChipDeps
  #registers = new Map(RESET_VALUES)
  #pointer = 0
  #convertsSince = 0
  #lastResult: number | undefined

  constructor(deps: Tmp117ChipDeps) {
    this.#deps = deps
  }

  powerOn(): void {
    this.#registers = new Map(RESET_VALUES)
    this.#pointer = 0
    this.#restartConversions()
  }

  powerOff(): void {}

  receive(bytes: Uint8Array): boolean {
    const [pointer, high, low] = bytes
    if (pointer === undefined) return true
    this.#pointer = pointer
    if (high !== undefined && low !== undefined) this.#write(pointer, (high << 8) | low)
    return true
  }

  transmit(length: number): Uint8Array {
    const word = this.#read(this.#pointer)
    const bytes = new Uint8Array(length).fill(0xff)
    bytes.set([word >> 8, word & 0xff].slice(0, length))
    return bytes
  }

  #read(register: number): number {
    this.#convert()
    const word = this.#registers.get(register) ?? 0
    if (register === 0x00 || register === 0x01) {
      this.#registers.set(0x01, (this.#registers.get(0x01) ?? 0) & ~DATA_READY)
    }
    if (register === 0x00) this.#deps.onRead?.(Uint8Array.of(word >> 8, word & 0xff))
    return word
  }

  #write(register: number, word: number): void {
    if (register === 0x00 || register === 0x0f) return
    if (register !== 0x01) {
      this.#registers.set(register, word)
      return
    }
    this.#convert()
    const kept = (this.#registers.get(0x01) ?? 0) & ~WRITABLE_SETTINGS
    this.#registers.set(0x01, kept | (word & WRITABLE_SETTINGS))
    this.#restartConversions()
  }

  #restartConversions(): void {
    this.#convertsSince = this.#deps.clock.monotonic()
    this.#lastResult = undefined
  }

  /** Catch up with the conversions that were completed since the last look. */
  #convert(): void {
    const configuration = this.#registers.get(0x01) ?? 0
    const isContinuous = (configuration & 0x0400) === 0
    const activeMs = CONVERSION_MS * (AVERAGED[(configuration >> 5) & 3] ?? 1)
    const cycleMs = Math.max(CYCLE_MS[(configuration >> 7) & 7] ?? 0, activeMs)
    const elapsedMs = this.#deps.clock.monotonic() - this.#convertsSince - activeMs
    if (!isContinuous || elapsedMs < 0) return

    const result = Math.floor(elapsedMs / cycleMs)
    if (result === this.#lastResult) return
    const at = (this.#convertsSince + activeMs + result * cycleMs) as MonotonicMs
    const celsius = this.#deps.temperature(at)
    if (celsius === undefined) return
    this.#lastResult = result
    this.#registers.set(0x00, Math.round(celsius * 128) & 0xffff)
    this.#registers.set(0x01, configuration | DATA_READY)
  }
}
