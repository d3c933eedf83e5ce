import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Signal } from './signal.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the register map (RM-MPU-6000A-00 rev. 4.2 §3 and §4) and not from the driver, so that one can
// be wrong without the other.
const RESET_VALUES = [
  [0x6b, 0x40],
  [0x75, 0x68],
] as const
const READ_ONLY = new Set([0x3a, 0x72, 0x73, 0x75])
const FIFO_BYTES = 1024
/** More than fit: of a long silence, the frames before these are lost whatever they were. */
const FRAMES_KEPT = Math.ceil(FIFO_BYTES / 6)
/** AFS_SEL[1:0], counts a g. */
const COUNTS_PER_G = [16_384, 8_192, 4_096, 2_048] as const
const GRAVITY = 9.80665

/** What the three axes feel, in g; `undefined` while no sample is to be made. */
export type Acceleration = (at: MonotonicMs) => readonly [x: number, y: number, z: number] | undefined

/** A chip that lies flat and is pushed up by `movement`, in m/s². */
export function pushedUp(movement: Signal): Acceleration {
  return (at) => {
    const push = movement(at)
    return push === undefined ? undefined : [0, 0, 1 + push / GRAVITY]
  }
}

export interface Mpu6050ChipDeps {
  readonly clock: Clock
  readonly acceleration: Acceleration
  /** Told the bytes of each read of the FIFO. */
  readonly onRead?: ((bytes: Uint8Array) => void) | undefined
}

/**
 * MPU-6050 at register level: sleep, sample rate, range, FIFO and its overflow; no gyroscope, filter or
 * interrupt pin.
 */
export class Mpu6050Chip implements SimulatedI2cChip {
  readonly #deps: Mpu6050ChipDeps
  #registers = new Uint8Array(128)
  #pointer = 0
  #fifo: number[] = []
  #lastByte = 0
  #samplesSince = 0
  #sampled = 0

  constructor(deps: Mpu6050ChipDeps) {
    this.#deps = deps
  }

  powerOn(): void {
    this.#registers = new Uint8Array(128)
    for (const [register, value] of RESET_VALUES) this.#registers[register] = value
    this.#pointer = 0
    this.#fifo = []
    this.#lastByte = 0
    this.#restartSampling()
  }

  powerOff(): void {}

  receive(bytes: Uint8Array): boolean {
    const [register, ...values] = bytes
    if (register === undefined) return true
    this.#pointer = register & 0x7f
    for (const value of values) {
      this.#write(this.#pointer, value)
      this.#step()
    }
    return true
  }

  transmit(length: number): Uint8Array {
    const isFifo = this.#pointer === 0x74
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at++) {
      bytes[at] = this.#read(this.#pointer)
      this.#step()
    }
    if (isFifo) this.#deps.onRead?.(bytes)
    return bytes
  }

  /** The address goes on with each byte, but stays on the FIFO. */
  #step(): void {
    if (this.#pointer !== 0x74) this.#pointer = (this.#pointer + 1) & 0x7f
  }

  #read(register: number): number {
    this.#catchUp()
    if (register === 0x74) {
      // An empty FIFO says again what it said last.
      this.#lastByte = this.#fifo.shift() ?? this.#lastByte
      return this.#lastByte
    }
    // The count is taken when its high byte is read.
    if (register === 0x72) this.#registers.set([this.#fifo.length >> 8, this.#fifo.length & 0xff], 0x72)
    const value = this.#registers[register] ?? 0
    if (register === 0x3a) this.#registers[0x3a] = 0
    return value
  }

  #write(register: number, value: number): void {
    this.#catchUp()
    if (register === 0x6b && (value & 0x80) !== 0) {
      this.powerOn()
      return
    }
    if (READ_ONLY.has(register) || register === 0x74) return
    if (register === 0x6a) {
      const isOff = (this.#at(0x6a) & 0x40) === 0
      if (isOff && (value & 0x04) !== 0) this.#fifo = []
      // The reset bits clear themselves.
      this.#registers[0x6a] = value & 0xf8
      return
    }
    this.#registers[register] = value
    if (register === 0x19 || register === 0x1a || register === 0x6b) this.#restartSampling()
  }

  #restartSampling(): void {
    this.#samplesSince = this.#deps.clock.monotonic()
    this.#sampled = 0
  }

  /** Catch up with the samples that were taken since the last look. */
  #catchUp(): void {
    if ((this.#at(0x6b) & 0x40) !== 0) return
    // The filter off, 0 or 7, lets it run at 8 kHz, else at 1 kHz (§4.2).
    const isFiltered = ![0, 7].includes(this.#at(0x1a) & 7)
    const periodMs = (1 + this.#at(0x19)) / (isFiltered ? 1 : 8)
    const due = Math.floor((this.#deps.clock.monotonic() - this.#samplesSince) / periodMs)
    const from = Math.max(this.#sampled, due - FRAMES_KEPT)
    this.#sampled = due
    if ((this.#at(0x23) & 0x08) === 0 || (this.#at(0x6a) & 0x40) === 0) return
    for (let sample = from + 1; sample <= due; sample++) {
      this.#push((this.#samplesSince + sample * periodMs) as MonotonicMs)
    }
  }

  #push(at: MonotonicMs): void {
    const axes = this.#deps.acceleration(at)
    if (axes === undefined) return
    const perG = COUNTS_PER_G[(this.#at(0x1c) >> 3) & 3] ?? 0
    for (const g of axes) {
      const counts = Math.min(0x7fff, Math.max(-0x8000, Math.round(g * perG)))
      this.#fifo.push((counts >> 8) & 0xff, counts & 0xff)
    }
    if (this.#fifo.length <= FIFO_BYTES) return
    // The oldest are lost.
    this.#fifo.splice(0, this.#fifo.length - FIFO_BYTES)
    this.#registers[0x3a] = this.#at(0x3a) | (this.#at(0x38) & 0x10)
  }

  #at(register: number): number {
    return this.#registers[register] ?? 0
  }
}
