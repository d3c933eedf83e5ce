import type { Clock } from '@hygeia/runtime/clock'
import type { Signal } from './signal.ts'
import type { SimulatedI2cChip } from './simulated-i2c.ts'

// Written from the datasheet (Melexis 3901090614) and not from the driver, so that one can be wrong without the
// other. Writes to EEPROM, sleep, PWM and the delay of the digital filter are not simulated.
const TA = 0x06
const TOBJ1 = 0x07
const ERROR = 0x8000
/** T_por and T_valid. */
const FIRST_RESULT_MS = 20 + 250

export interface Mlx90614ChipOptions {
  /** 7 bits; 0x5a from the factory. */
  readonly address: number
}

export interface Mlx90614ChipDeps {
  readonly clock: Clock
  /** Temperature of what is in view in °C; while there is none, the chip flags an error. */
  readonly object: Signal
  /** Temperature at the chip in °C; while there is none, the chip flags an error. */
  readonly ambient: Signal
  /** Told each answer with a temperature: command, low byte, high byte, packet error code. */
  readonly onRead?: ((answer: Uint8Array) => void) | undefined
}

/** MLX90614 at register level: read word with packet error code, error flags, time to the first result. */
export class Mlx90614Chip implements SimulatedI2cChip {
  readonly #address: number
  readonly #deps: Mlx90614ChipDeps
  readonly #eeprom: ReadonlyMap<number, number>
  #command = 0
  #poweredAt = 0
  #disturbed = 0

  constructor({ address }: Mlx90614ChipOptions, deps: Mlx90614ChipDeps) {
    this.#address = address
    this.#deps = deps
    // Emissivity 1, SMBus address with the high byte of the factory, ID number.
    this.#eeprom = new Map([
      [0x24, 0xffff],
      [0x2e, 0xbe00 | address],
      [0x3c, 0x2f01],
      [0x3d, 0x81c4],
      [0x3e, 0x5d97],
      [0x3f, 0x5202],
    ])
  }

  powerOn(): void {
    this.#poweredAt = this.#deps.clock.monotonic()
  }

  powerOff(): void {}

  /** Turn over a bit of each of the next `answers` on its way to the host. */
  disturb(answers: number): void {
    this.#disturbed = answers
  }

  receive([command]: Uint8Array): boolean {
    if (command !== undefined) this.#command = command
    return true
  }

  transmit(length: number): Uint8Array {
    const word = this.#word()
    const [write, read] = [this.#address * 2, this.#address * 2 + 1]
    const pec = remainder([write, this.#command, read, word & 0xff, word >> 8])
    const answer = Uint8Array.of(word & 0xff, word >> 8, pec)
    if (this.#disturbed > 0) {
      this.#disturbed--
      answer[0] = (word & 0xff) ^ 0x10
    }
    if (this.#command === TA || this.#command === TOBJ1) {
      this.#deps.onRead?.(Uint8Array.of(this.#command, ...answer))
    }
    const bytes = new Uint8Array(length).fill(0xff)
    bytes.set(answer.subarray(0, length))
    return bytes
  }

  #word(): number {
    const at = this.#deps.clock.monotonic()
    const cell = this.#eeprom.get(this.#command)
    if (cell !== undefined) return cell
    if (at - this.#poweredAt < FIRST_RESULT_MS) return 0
    if (this.#command === TA) return result(this.#deps.ambient(at), -40, 125)
    if (this.#command === TOBJ1) return result(this.#deps.object(at), -70.01, 382.19)
    return 0
  }
}

/** 0.02 K a count, between the ends of what is measured ("Commands"). */
function result(celsius: number | undefined, lowest: number, highest: number): number {
  if (celsius === undefined) return ERROR
  const measured = Math.max(lowest, Math.min(highest, celsius))
  return Math.round((measured + 273.15) * 50)
}

/** Remainder of the bytes, taken as one polynomial and times x^8, by x^8 + x^2 + x + 1. */
function remainder(bytes: readonly number[]): number {
  const divisor = 0b1_0000_0111n
  let rest = 0n
  for (const byte of [...bytes, 0]) rest = (rest << 8n) | BigInt(byte)
  for (let power = BigInt(bytes.length * 8); power-- > 0n; ) {
    if ((rest >> (power + 8n)) & 1n) rest ^= divisor << power
  }
  return Number(rest)
}
