import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { Pacemaker } from './pacemaker.ts'
import type { Signal } from './signal.ts'
import type { SimulatedGpio } from './simulated-gpio.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the register map (Maxim 19-7740 rev. 1) and not from the driver, so that one can be wrong
// without the other.
const SAMPLES_A_SECOND = [50, 100, 200, 400, 800, 1_000, 1_600, 3_200] as const
const DEPTH = 32
const FULL_SCALE = 0x3ffff
const RATE_ERROR = -0.015

export interface Max30102ChipOptions {
  readonly interruptLine?: number | undefined
  /** LED1 is the infrared one, as on some boards. */
  readonly areLedsSwapped?: boolean | undefined
  /** Real rate by nominal rate. */
  readonly rate?: number
}

export interface Max30102ChipDeps {
  readonly clock: Clock
  readonly gpio: SimulatedGpio
  /** Counts that come back for a LED current of 7 mA; `undefined` without a finger. */
  readonly infrared: Signal
  readonly red: Signal
  readonly onRead?: ((bytes: Uint8Array) => void) | undefined
}

/** MAX30102 at register level in SpO2 mode: FIFO with pointers and overflow counter, A_FULL and INT, LED currents. */
export class Max30102Chip implements SimulatedI2cChip {
  readonly #options: Max30102ChipOptions
  readonly #deps: Max30102ChipDeps
  readonly #pacemaker: Pacemaker
  #registers = new Uint8Array(256)
  #fifo = new Uint8Array(DEPTH * 6)
  #pointer = 0
  #byte = 0
  #unread = 0

  constructor(options: Max30102ChipOptions, deps: Max30102ChipDeps) {
    this.#options = options
    this.#deps = deps
    this.#pacemaker = new Pacemaker(deps.clock)
  }

  powerOn(): void {
    this.#pacemaker.stop()
    this.#registers = new Uint8Array(256)
    this.#registers[0x00] = 0x01
    this.#registers[0xfe] = 0x03
    this.#registers[0xff] = 0x15
    this.#fifo.fill(0)
    this.#pointer = 0
    this.#byte = 0
    this.#unread = 0
    this.#drive()
  }

  powerOff(): void {
    this.#pacemaker.stop()
  }

  receive(bytes: Uint8Array): boolean {
    const [register, ...values] = bytes
    if (register === undefined) return true
    this.#pointer = register
    for (const value of values) {
      this.#write(this.#pointer, value)
      if (this.#pointer !== 0x07) this.#pointer = (this.#pointer + 1) & 0xff
    }
    return true
  }

  transmit(length: number): Uint8Array {
    const isFifo = this.#pointer === 0x07
    const bytes = Uint8Array.from({ length }, () => {
      if (isFifo) return this.#pop()
      const value = this.#read(this.#pointer)
      this.#pointer = (this.#pointer + 1) & 0xff
      return value
    })
    if (isFifo) this.#deps.onRead?.(bytes)
    return bytes
  }

  #read(register: number): number {
    const value = this.#registers[register] ?? 0
    if (register === 0x00) {
      this.#registers[0x00] = 0
      this.#drive()
    }
    return value
  }

  #write(register: number, value: number): void {
    if (register === 0x09 && (value & 0x40) !== 0) {
      this.powerOn()
      return
    }
    if (register === 0x00 || register === 0x01 || register >= 0xfe) return
    this.#registers[register] =
      register === 0x04 || register === 0x05 || register === 0x06 ? value & 31 : value
    if (register === 0x04 || register === 0x06) this.#unread = (this.#at(0x04) - this.#at(0x06)) & 31
    if (register === 0x06) this.#byte = 0
    if (register === 0x09 || register === 0x0a) this.#run()
  }

  #run(): void {
    this.#pacemaker.stop()
    const mode = this.#at(0x09)
    if ((mode & 0x80) !== 0 || (mode & 7) !== 3) return
    const nominal = SAMPLES_A_SECOND[(this.#at(0x0a) >> 2) & 7] ?? 50
    const rate = this.#options.rate ?? 1 + RATE_ERROR
    this.#pacemaker.start(1_000 / (nominal * rate), (at) => this.#push(at))
  }

  #push(at: MonotonicMs): void {
    const rolls = (this.#at(0x08) & 0x10) !== 0
    if (this.#unread === DEPTH) {
      this.#registers[0x05] = Math.min(31, this.#at(0x05) + 1)
      if (!rolls) return
      // The oldest goes.
      this.#registers[0x06] = (this.#at(0x06) + 1) & 31
      this.#unread--
    }
    const { infrared, red } = this.#deps
    const [first, second] = this.#options.areLedsSwapped === true ? [infrared, red] : [red, infrared]
    const place = this.#at(0x04) * 6
    this.#fifo.set(
      [...this.#light(first(at), this.#at(0x0c)), ...this.#light(second(at), this.#at(0x0d))],
      place,
    )
    this.#registers[0x04] = (this.#at(0x04) + 1) & 31
    this.#unread++
    if (this.#unread === DEPTH - (this.#at(0x08) & 0x0f)) this.#registers[0x00] = this.#at(0x00) | 0x80
    this.#drive()
  }

  /** Three bytes, proportional to the LED's current; some light gets in without a finger. */
  #light(counts: number | undefined, current: number): readonly number[] {
    const light = counts === undefined ? 700 : Math.round((counts * current) / 35)
    const held = Math.min(FULL_SCALE, Math.max(0, light))
    return [held >> 16, (held >> 8) & 0xff, held & 0xff]
  }

  #pop(): number {
    const value = this.#fifo[this.#at(0x06) * 6 + this.#byte] ?? 0
    // An empty FIFO gives its last sample's place again.
    if (this.#unread === 0) return value
    this.#byte++
    if (this.#byte === 6) {
      this.#byte = 0
      this.#registers[0x06] = (this.#at(0x06) + 1) & 31
      this.#registers[0x05] = 0
      this.#unread--
    }
    return value
  }

  #drive(): void {
    const { interruptLine } = this.#options
    if (interruptLine === undefined) return
    const isTold = (this.#at(0x00) & (this.#at(0x02) | 0x01)) !== 0
    this.#deps.gpio.drive(interruptLine, isTold ? 0 : 1)
  }

  #at(register: number): number {
    return this.#registers[register] ?? 0
  }
}
