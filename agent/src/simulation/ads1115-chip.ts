import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Level } from '../hal/gpio.ts'
import { Pacemaker } from './pacemaker.ts'
import type { Signal } from './signal.ts'
import type { SimulatedGpio } from './simulated-gpio.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the register map (TI SBAS444E §8.1) and not from the driver, so that one can be wrong without
// the other.
const POWER_UP = [0x0000, 0x8583, 0x8000, 0x7fff] as const
const SAMPLES_A_SECOND = [8, 16, 32, 64, 128, 250, 475, 860] as const
/** By PGA[2:0], in V. */
const FULL_SCALE_V = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256] as const
/** Data rates are within ±10 %. */
const RATE_ERROR = 0.02

export interface Ads1115ChipOptions {
  /** Undefined where ALERT/RDY is not wired. */
  readonly readyLine?: number | undefined
  /** Real rate by nominal rate; ±10 % in the datasheet. */
  readonly rate?: number
}

export interface Ads1115ChipDeps {
  readonly clock: Clock
  readonly gpio: SimulatedGpio
  /** Voltage at AIN0 to AIN3 against ground, in V, taken at the end of each conversion. */
  readonly inputs: readonly Signal[]
  /** Told the bytes of each read of the conversion register. */
  readonly onRead?: ((bytes: Uint8Array) => void) | undefined
  /** Told of each conversion that took the place of one that nobody had read, while it converts on and on. */
  readonly onLost?: (() => void) | undefined
}

/** ADS1115 at register level: inputs against ground, ranges, rates, and ALERT/RDY telling of conversions; no comparator. */
export class Ads1115Chip implements SimulatedI2cChip {
  readonly #options: Ads1115ChipOptions
  readonly #deps: Ads1115ChipDeps
  readonly #pacemaker: Pacemaker
  #registers: number[] = [...POWER_UP]
  #pointer = 0
  #isUnread = false

  constructor(options: Ads1115ChipOptions, deps: Ads1115ChipDeps) {
    this.#options = options
    this.#deps = deps
    this.#pacemaker = new Pacemaker(deps.clock)
  }

  powerOn(): void {
    this.#registers = [...POWER_UP]
    this.#pointer = 0
    this.#drive(1)
  }

  powerOff(): void {
    this.#pacemaker.stop()
  }

  receive(bytes: Uint8Array): boolean {
    const [pointer, high, low] = bytes
    if (pointer === undefined) return true
    this.#pointer = pointer & 3
    if (high !== undefined && low !== undefined) this.#write(this.#pointer, (high << 8) | low)
    return true
  }

  transmit(length: number): Uint8Array {
    const word = this.#registers[this.#pointer] ?? 0
    const bytes = Uint8Array.from({ length }, (_, index) => (index % 2 === 0 ? word >> 8 : word & 0xff))
    if (this.#pointer === 0) {
      this.#isUnread = false
      this.#deps.onRead?.(bytes)
    }
    return bytes
  }

  #write(register: number, word: number): void {
    if (register === 0) return
    if (register !== 1) {
      this.#registers[register] = word
      return
    }
    const isSingle = (word & 0x0100) !== 0
    this.#pacemaker.stop()
    const isStarted = !isSingle || (word & 0x8000) !== 0
    // OS reads 0 while a conversion is under way.
    this.#registers[1] = isStarted ? word & 0x7fff : word | 0x8000
    if (!isStarted) return
    const nominal = SAMPLES_A_SECOND[(word >> 5) & 7] ?? 8
    const periodMs = 1_000 / (nominal * (this.#options.rate ?? 1 + RATE_ERROR))
    this.#isUnread = false
    this.#pacemaker.start(periodMs, (at) => {
      if (isSingle) {
        this.#pacemaker.stop()
        this.#registers[1] = word | 0x8000
      }
      this.#convert(word, at)
    })
  }

  #convert(config: number, at: MonotonicMs): void {
    if (this.#isUnread) this.#deps.onLost?.()
    this.#isUnread = true
    const mux = (config >> 12) & 7
    const volts = mux < 4 ? undefined : this.#deps.inputs[mux - 4]?.(at)
    const fullScale = FULL_SCALE_V[(config >> 9) & 7] ?? 6.144
    const counts = Math.round(((volts ?? 0) / fullScale) * 0x8000)
    this.#registers[0] = Math.min(0x7fff, Math.max(-0x8000, counts)) & 0xffff
    const [, , low = 0, high = 0] = this.#registers
    const tells = (config & 3) !== 3 && (high & 0x8000) !== 0 && (low & 0x8000) === 0
    if (!tells) return
    // A pulse of 8 µs.
    this.#drive(0)
    this.#drive(1)
  }

  #drive(level: Level): void {
    const { readyLine } = this.#options
    if (readyLine !== undefined) this.#deps.gpio.drive(readyLine, level)
  }
}
