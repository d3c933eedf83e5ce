import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { type FifoOptions, Max32664Fifo } from './max32664-fifo.ts'
import type { SimulatedGpio } from './simulated-gpio.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from UG6806 Rev 3 and not from the driver, so that one can be wrong without the other.
const SUCCESS = 0x00
const UNAVAILABLE_COMMAND = 0x01
const UNAVAILABLE_FUNCTION = 0x02
const WRONG_LENGTH = 0x03
const WRONG_VALUE = 0x04
const TRY_AGAIN = 0xfe

const START_MS = 1_000
const REPORT_BYTES = 6
const APPLICATION = 0x00
const BOOTLOADER = 0x08
const READ_SAMPLES = 0x1201

export interface Max32664ChipOptions extends FifoOptions {
  /** BCM numbers of the lines to RSTN and MFIO. */
  readonly resetLine: number
  readonly mfioLine: number
  /** Sensor hub version; 10.1.0 is a variant A. */
  readonly version: readonly [major: number, minor: number, revision: number]
}

export interface Max32664ChipDeps {
  readonly clock: Clock
  readonly gpio: SimulatedGpio
  /**
   * Told the newest report of each read of the FIFO: six bytes, and whether the host had just been told of an
   * overflow, after which it may throw away what it reads.
   */
  readonly onRead?: ((report: Uint8Array, isAfterOverflow: boolean) => void) | undefined
}

/** What a command answers, and how long the hub takes for it. */
interface Answer {
  readonly status: number
  readonly data?: readonly number[]
  readonly delayMs?: number
}

/** MAX32664A with a MAX30101 at protocol level: reset, start-up time, commands, delays, busy status, FIFO. */
export class Max32664Chip implements SimulatedI2cChip {
  readonly #options: Max32664ChipOptions
  readonly #deps: Max32664ChipDeps
  #isPowered = false
  #startsAt = 0
  #mode = APPLICATION
  #outputMode = 0
  #threshold = 1
  #enabled = new Set<string>()
  #fifo: Max32664Fifo | undefined
  #command = 0
  #answer: Answer = { status: SUCCESS }
  #readyAt = 0
  #extraBusy = 0
  #hasFrontEnd = true
  #isOverflowTold = false

  constructor(options: Max32664ChipOptions, deps: Max32664ChipDeps) {
    this.#options = options
    this.#deps = deps
    deps.gpio.listen(options.resetLine, (level) => {
      if (level === 1) this.#start()
    })
  }

  powerOn(): void {
    this.#isPowered = true
    this.#start()
  }

  powerOff(): void {
    this.#isPowered = false
  }

  /** Answer "busy" to the next `answers` commands, however long the host waits. */
  keepBusy(answers: number): void {
    this.#extraBusy = answers
  }

  /** Cut or mend the wires between hub and optical sensor. */
  connectFrontEnd(isConnected: boolean): void {
    this.#hasFrontEnd = isConnected
  }

  receive(bytes: Uint8Array): boolean {
    const now = this.#deps.clock.monotonic()
    if (!this.#isAwake(now)) return false
    const [family = 0, index = 0, ...data] = bytes
    this.#command = (family << 8) | index
    if (this.#extraBusy > 0) {
      this.#extraBusy--
      this.#answer = { status: TRY_AGAIN }
    } else {
      this.#answer = bytes.length < 2 ? { status: WRONG_LENGTH } : this.#execute(data, now)
    }
    this.#readyAt = now + (this.#answer.delayMs ?? 2)
    return true
  }

  transmit(length: number): Uint8Array | undefined {
    const now = this.#deps.clock.monotonic()
    if (!this.#isAwake(now)) return undefined
    const bytes = new Uint8Array(length)
    bytes[0] = now < this.#readyAt ? TRY_AGAIN : this.#answer.status
    if (bytes[0] !== SUCCESS) return bytes
    if (this.#command === READ_SAMPLES) {
      const reports = this.#fifo?.take(Math.floor((length - 1) / REPORT_BYTES), now) ?? new Uint8Array()
      bytes.set(reports, 1)
      if (reports.length > 0) this.#deps.onRead?.(reports.slice(-REPORT_BYTES), this.#isOverflowTold)
      this.#isOverflowTold = false
    } else {
      bytes.set(this.#answer.data?.slice(0, length - 1) ?? [], 1)
    }
    return bytes
  }

  #start(): void {
    this.#mode = this.#deps.gpio.level(this.#options.mfioLine) === 1 ? APPLICATION : BOOTLOADER
    this.#startsAt = this.#deps.clock.monotonic() + START_MS
    this.#outputMode = 0
    this.#threshold = 1
    this.#enabled.clear()
    this.#fifo = undefined
    this.#isOverflowTold = false
  }

  #isAwake(now: number): boolean {
    const isReset = this.#deps.gpio.level(this.#options.resetLine) === 0
    return this.#isPowered && !isReset && now >= this.#startsAt
  }

  #execute(data: readonly number[], now: MonotonicMs): Answer {
    const isForBoth = [0x0200, 0xff00].includes(this.#command)
    if (this.#mode === BOOTLOADER && !isForBoth) return { status: UNAVAILABLE_COMMAND }
    switch (this.#command) {
      case 0x0000:
        return { status: SUCCESS, data: [this.#statusByte(now)] }
      case 0x0200:
        return { status: SUCCESS, data: [this.#mode] }
      case 0x1000:
        return this.#set(data, [0x00, 0x02], (value) => {
          this.#outputMode = value
        })
      case 0x1001:
        if (data.length !== 1) return { status: WRONG_LENGTH }
        if (data[0] === 0) return { status: WRONG_VALUE }
        this.#threshold = data[0] ?? 1
        return { status: SUCCESS }
      case 0x1100:
        return { status: SUCCESS, data: [this.#outputMode] }
      case 0x1200:
        return { status: SUCCESS, data: [Math.min(255, this.#fifo?.count(now) ?? 0)] }
      case READ_SAMPLES:
        return { status: SUCCESS }
      case 0x4403:
        return { ...this.#set(data, [0, 1], (value) => this.#enable('sensor', value, now)), delayMs: 40 }
      case 0x5002:
        return { status: data.length === 13 && data[0] === 0x0b ? SUCCESS : WRONG_LENGTH }
      case 0x5200:
        return { ...this.#set(data, [0, 1], (value) => this.#enable('agc', value, now)), delayMs: 20 }
      case 0x5202:
        return { ...this.#set(data, [0, 1], (value) => this.#enable('algorithm', value, now)), delayMs: 40 }
      case 0xff00:
        return { status: SUCCESS, data: [0x01] }
      case 0xff03:
        return { status: SUCCESS, data: this.#options.version }
      default:
        return { status: UNAVAILABLE_COMMAND }
    }
  }

  #set(data: readonly number[], allowed: readonly number[], apply: (value: number) => void): Answer {
    const [value] = data
    if (value === undefined || data.length !== 1) return { status: WRONG_LENGTH }
    if (!allowed.includes(value)) return { status: UNAVAILABLE_FUNCTION }
    apply(value)
    return { status: SUCCESS }
  }

  #enable(part: string, value: number, now: MonotonicMs): void {
    if (value === 0) this.#enabled.delete(part)
    else this.#enabled.add(part)
    const isRunning = this.#enabled.has('sensor') && this.#enabled.has('algorithm')
    this.#fifo = isRunning && this.#outputMode === 0x02 ? new Max32664Fifo(this.#options, now) : undefined
  }

  #statusByte(now: MonotonicMs): number {
    if (!this.#hasFrontEnd) return 0x01
    const isReady = (this.#fifo?.count(now) ?? 0) >= this.#threshold
    const isOverflowed = this.#fifo?.takeOverflow(now) ?? false
    if (isOverflowed) this.#isOverflowTold = true
    return (isReady ? 0x08 : 0) | (isOverflowed ? 0x10 : 0)
  }
}
