import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { GpioChip } from '../../hal/gpio.ts'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { Burst, StreamingSensor } from '../sensor.ts'
import { isFinger, nextCurrent, toLight } from './convert.ts'
import {
  A_FULL,
  BLOCK_BYTES,
  Current,
  FIFO_SAMPLES,
  FIFO_TELLS_AT_17,
  Mode,
  PART_ID,
  Register,
  SAMPLE_BYTES,
  SPO2_100_HZ_18_BITS,
} from './registers.ts'

const PERIOD_MS = 10
/** Without an edge the FIFO is looked at after this long: three quarters of what it holds. */
const FALLBACK_MS = 240
/** More than a quiet FIFO could take: equal pointers mean full, and not empty. */
const FULL_AFTER_MS = (FIFO_SAMPLES - 4) * PERIOD_MS
const RESET_POLL_MS = 1
const RESET_POLLS = 20

export interface Max30102Options {
  readonly interruptLine?: number | undefined
  /** False unless somebody looked: no register of the chip tells. */
  readonly areLedsSwapped?: boolean | undefined
}

export interface Max30102Deps {
  readonly device: I2cDevice
  /** Needed for an interrupt line only. */
  readonly gpio: GpioChip | undefined
  readonly clock: Clock
}

/** MAX30102: raw light of both LEDs, a hundred times a second. */
export class Max30102 implements StreamingSensor {
  readonly periodMs = PERIOD_MS
  /** The datasheet names none for the sample rate. */
  readonly tolerance = 0.1
  readonly #options: Max30102Options
  readonly #deps: Max30102Deps
  #closeLine: (() => Promise<void>) | undefined
  #told = Promise.withResolvers<void>()
  #drainedAt = 0
  readonly #currents = new Uint8Array(2)

  constructor(options: Max30102Options, deps: Max30102Deps) {
    this.#options = options
    this.#deps = deps
  }

  /** @throws {SensorError} `WRONG_PART` when another chip answers at this address */
  async open(signal: AbortSignal): Promise<void> {
    await this.close()
    const { device, clock } = this.#deps
    const got = await device.readByte(Register.partId)
    if (got !== PART_ID) throw new SensorError('no MAX30102 here', { code: 'WRONG_PART', want: PART_ID, got })
    await device.writeByte(Register.mode, Mode.reset)
    for (let poll = 0; ((await device.readByte(Register.mode)) & Mode.reset) !== 0; poll++) {
      if (poll === RESET_POLLS)
        throw new SensorError('it stays in reset', { code: 'WRONG_MODE', mode: Mode.reset })
      await sleep(clock, RESET_POLL_MS, signal)
    }
    await this.#listen()
    this.#currents.fill(Current.first)
    await device.writeByte(Register.interruptEnable1, A_FULL)
    await device.writeByte(Register.fifoConfig, FIFO_TELLS_AT_17)
    await device.writeByte(Register.spo2Config, SPO2_100_HZ_18_BITS)
    await device.writeBlock(Register.ledCurrents, this.#currents)
    await device.writeBlock(Register.fifoWritePointer, Uint8Array.of(0, 0, 0))
    await device.readByte(Register.interruptStatus1)
    await device.writeByte(Register.mode, Mode.spo2)
    this.#drainedAt = clock.monotonic()
  }

  async drain(signal: AbortSignal): Promise<Burst> {
    await this.#wait(signal)
    const { device, clock } = this.#deps
    // Lets go of INT first: a FIFO that fills up again from here on makes the next edge.
    await device.readByte(Register.interruptStatus1)
    const [write = 0, overflow = 0, read = 0] = await device.readBlock(Register.fifoWritePointer, 3)
    const newestAt = clock.monotonic()
    const difference = (write - read) & (FIFO_SAMPLES - 1)
    const isFull = overflow > 0 || (difference === 0 && newestAt - this.#drainedAt > FULL_AFTER_MS)
    const length = isFull ? FIFO_SAMPLES : difference
    const { led1, led2 } = toLight(await this.#fifo(length))
    await this.#checkSetUp()
    this.#drainedAt = newestAt
    const { areLedsSwapped = false } = this.#options
    const lost = overflow > 0 ? 'ambiguous' : undefined
    const infrared = areLedsSwapped ? led1 : led2
    const infraredCurrent = this.#currents[areLedsSwapped ? 0 : 1] ?? 0
    if (length > 0 && !isFinger(infrared, infraredCurrent)) {
      await this.#light(Current.first, Current.first)
      return { length, quantities: { infrared: 'probe-off', red: 'probe-off' }, newestAt, lost }
    }
    if (length > 0) {
      const [current1 = 0, current2 = 0] = this.#currents
      await this.#light(nextCurrent(led1, current1), nextCurrent(led2, current2))
    }
    return { length, quantities: { infrared, red: areLedsSwapped ? led2 : led1 }, newestAt, lost }
  }

  async close(): Promise<void> {
    await this.#closeLine?.()
    this.#closeLine = undefined
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const quiet = new AbortController()
    const waiting = sleep(this.#deps.clock, FALLBACK_MS, AbortSignal.any([signal, quiet.signal]))
    await Promise.race([this.#told.promise, waiting]).finally(() => quiet.abort())
    // Its abort is ours.
    await waiting.catch(() => undefined)
    signal.throwIfAborted()
    this.#told = Promise.withResolvers()
  }

  async #fifo(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length * SAMPLE_BYTES)
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const part = await this.#deps.device.readBlock(
        Register.fifoData,
        Math.min(BLOCK_BYTES, bytes.length - at),
      )
      bytes.set(part, at)
    }
    return bytes
  }

  /** @throws {SensorError} `RESTARTED` when it lost its power: what its FIFO gave is nothing that was measured */
  async #checkSetUp(): Promise<void> {
    const [mode, spo2Config] = await this.#deps.device.readBlock(Register.mode, 2)
    if (mode !== Mode.spo2 || spo2Config !== SPO2_100_HZ_18_BITS) {
      throw new SensorError('the MAX30102 lost its set-up', { code: 'RESTARTED' })
    }
  }

  async #light(current1: number, current2: number): Promise<void> {
    if (this.#currents[0] === current1 && this.#currents[1] === current2) return
    this.#currents.set([current1, current2])
    await this.#deps.device.writeBlock(Register.ledCurrents, this.#currents)
  }

  async #listen(): Promise<void> {
    const { interruptLine } = this.#options
    if (interruptLine === undefined || this.#deps.gpio === undefined) return
    const options = { edge: 'falling', debounceMs: 0, isActiveLow: false } as const
    const line = await this.#deps.gpio.input(interruptLine, options)
    const watch = line.watch(() => this.#told.resolve())
    this.#closeLine = async () => {
      watch[Symbol.dispose]()
      await line.close()
    }
  }
}
