import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { type ClimateCounts, countsOf, TRIMMING } from './bme280-counts.ts'
import type { Signal } from './signal.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the datasheet (BST-BME280-DS002 §5 and §9.1) and not from the driver, so that one can be wrong
// without the other.
const CHIP_ID = 0x60
const RESET_WORD = 0xb6
const NORMAL_MODE = 0b11
const SKIPPED = 0x80000
const SKIPPED_HUMIDITY = 0x8000
/** t_startup, during which the trimming is copied; the longest that table 1 allows. */
const START_UP_MS = 2
const OVERSAMPLING = [0, 1, 2, 4, 8, 16, 16, 16] as const
/** t_sb[2:0], table 27. */
const STANDBY_MS = [0.5, 62.5, 125, 250, 500, 1_000, 10, 20] as const

export interface Bme280ChipDeps {
  readonly clock: Clock
  /** In °C; while this or another is nothing, no measurement completes. */
  readonly temperature: Signal
  /** In %. */
  readonly humidity: Signal
  /** In hPa. */
  readonly pressure: Signal
  /** Told the eight bytes that a burst from F7h on hands out. */
  readonly onRead?: ((result: Uint8Array) => void) | undefined
}

interface Oversampling {
  readonly temperature: number
  readonly pressure: number
  readonly humidity: number
}

/**
 * BME280 at register level: start-up, trimming, normal mode, oversampling, measuring time; no filter, no
 * forced mode.
 */
export class Bme280Chip implements SimulatedI2cChip {
  readonly #deps: Bme280ChipDeps
  #registers = new Uint8Array(256)
  #pointer = 0
  #startedAt = 0
  /** ctrl_hum as it was at the latest write to ctrl_meas: before that it has no effect. */
  #humiditySetting = 0
  #measuresSince = 0
  #lastResult: number | undefined

  constructor(deps: Bme280ChipDeps) {
    this.#deps = deps
  }

  powerOn(): void {
    this.#registers = new Uint8Array(256)
    this.#registers[0xd0] = CHIP_ID
    this.#store({ pressure: SKIPPED, temperature: SKIPPED, humidity: SKIPPED_HUMIDITY })
    this.#pointer = 0
    this.#humiditySetting = 0
    this.#startedAt = this.#deps.clock.monotonic()
  }

  powerOff(): void {}

  /** Pairs of register and value; a register alone is where the next read begins (§6.2). */
  receive(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at += 2) {
      const [register = 0, value] = bytes.subarray(at, at + 2)
      if (value === undefined) this.#pointer = register
      else this.#write(register, value)
    }
    return true
  }

  transmit(length: number): Uint8Array {
    this.#catchUp()
    const bytes = Uint8Array.from(
      { length },
      (_, index) => this.#registers[(this.#pointer + index) & 0xff] ?? 0,
    )
    if (this.#pointer === 0xf7 && length === 8) this.#deps.onRead?.(bytes)
    return bytes
  }

  #write(register: number, value: number): void {
    this.#catchUp()
    if (register === 0xe0 && value === RESET_WORD) this.powerOn()
    if (this.#isStarting()) return
    if (register === 0xf2) this.#registers[0xf2] = value & 0x07
    // "Writes in normal mode may be ignored": this one ignores them.
    if (register === 0xf5 && !this.#isMeasuring()) this.#registers[0xf5] = value & 0xfd
    if (register === 0xf4) {
      this.#registers[0xf4] = value
      this.#humiditySetting = this.#registers[0xf2] ?? 0
      this.#measuresSince = this.#deps.clock.monotonic()
      this.#lastResult = undefined
    }
  }

  #isStarting(): boolean {
    return this.#deps.clock.monotonic() - this.#startedAt < START_UP_MS
  }

  #isMeasuring(): boolean {
    return ((this.#registers[0xf4] ?? 0) & 0b11) === NORMAL_MODE
  }

  /** Catch up with what happened since the last look: the end of the start-up, measurements. */
  #catchUp(): void {
    const isStarting = this.#isStarting()
    this.#registers[0xf3] = isStarting ? 0x01 : 0
    if (isStarting) return
    this.#registers.set(trimmingLow(), 0x88)
    this.#registers.set(trimmingHigh(), 0xe1)
    if (this.#isMeasuring()) this.#measure()
  }

  #measure(): void {
    const { temperature, pressure, humidity } = this.#steps()
    // The longest that §9.1 allows.
    const pressureMs = pressure === 0 ? 0 : 2.3 * (OVERSAMPLING[pressure] ?? 0) + 0.575
    const humidityMs = humidity === 0 ? 0 : 2.3 * (OVERSAMPLING[humidity] ?? 0) + 0.575
    const activeMs = 1.25 + 2.3 * (OVERSAMPLING[temperature] ?? 0) + pressureMs + humidityMs
    const cycleMs = activeMs + (STANDBY_MS[(this.#registers[0xf5] ?? 0) >> 5] ?? 0)

    const elapsedMs = this.#deps.clock.monotonic() - this.#measuresSince
    if (elapsedMs % cycleMs < activeMs) this.#registers[0xf3] = 0x08
    const result = Math.floor((elapsedMs - activeMs) / cycleMs)
    if (result < 0 || result === this.#lastResult) return
    const counts = this.#countsAt((this.#measuresSince + activeMs + result * cycleMs) as MonotonicMs)
    if (counts === undefined) return
    this.#lastResult = result
    this.#store({
      temperature: temperature === 0 ? SKIPPED : counts.temperature,
      pressure: pressure === 0 ? SKIPPED : counts.pressure,
      humidity: humidity === 0 ? SKIPPED_HUMIDITY : counts.humidity,
    })
  }

  #countsAt(at: MonotonicMs): ClimateCounts | undefined {
    const celsius = this.#deps.temperature(at)
    const hectopascal = this.#deps.pressure(at)
    const percent = this.#deps.humidity(at)
    if (celsius === undefined || hectopascal === undefined || percent === undefined) return undefined
    const steps = this.#steps()
    const width = (step: number) => 15 + Math.min(5, Math.max(1, step))
    const widths = { temperature: width(steps.temperature), pressure: width(steps.pressure) }
    return countsOf({ celsius, hectopascal, percent }, widths)
  }

  /** osrs_t, osrs_p and osrs_h. */
  #steps(): Oversampling {
    const control = this.#registers[0xf4] ?? 0
    return { temperature: control >> 5, pressure: (control >> 2) & 7, humidity: this.#humiditySetting }
  }

  #store({ pressure, temperature, humidity }: ClimateCounts): void {
    const wide = (count: number) => [count >> 12, (count >> 4) & 0xff, (count & 0x0f) << 4]
    this.#registers.set([...wide(pressure), ...wide(temperature), humidity >> 8, humidity & 0xff], 0xf7)
  }
}

/** 88h to A1h, table 16; A0h is reserved. */
function trimmingLow(): Uint8Array {
  const words = [...TRIMMING.t, ...TRIMMING.p].flatMap((word) => [word & 0xff, (word >> 8) & 0xff])
  return Uint8Array.from([...words, 0, TRIMMING.h[0]])
}

/** E1h to E7h, table 16. */
function trimmingHigh(): Uint8Array {
  const [, h2, h3, h4, h5, h6] = TRIMMING.h
  const shared = (h4 & 0x0f) | ((h5 & 0x0f) << 4)
  return Uint8Array.of(h2 & 0xff, (h2 >> 8) & 0xff, h3, (h4 >> 4) & 0xff, shared, (h5 >> 4) & 0xff, h6 & 0xff)
}
