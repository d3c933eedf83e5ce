import type { Missing, Reading } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'

/** Readings taken together, by the name that the driver gives the quantity. */
export type Readings = Readonly<Record<string, Reading>>

/** A sensor that answers when asked. Owns no timer: the sampler decides when to read. */
export interface PolledSensor {
  /**
   * Identify the chip and set it up; again after it was away.
   *
   * @throws {HalError} when it does not answer
   * @throws {SensorError} when it is not what it should be
   */
  open(signal: AbortSignal): Promise<void>
  /**
   * Every quantity of the chip, as fresh as the chip has it.
   *
   * @throws {HalError} when it does not answer
   * @throws {SensorError} when it answers with an error of its own; both ask for `open` again
   */
  read(signal: AbortSignal): Promise<Readings>
  /** Give back lines and leave the chip alone. */
  close(): Promise<void>
}

/** A sensor that tells by itself when something happened. */
export interface EventSensor {
  /** @throws {HalError} when its line cannot be had */
  open(onEvent: (readings: Readings) => void): Promise<void>
  close(): Promise<void>
}

/** Values that a chip took one after the other at its own steady rate. */
export interface Burst {
  /** How many there are of each quantity; 0 when none came in time. */
  readonly length: number
  /**
   * By the name that the driver gives the quantity, oldest first: `length` values in the unit of the channel, or
   * why there is none of this stretch.
   */
  readonly quantities: Readonly<Record<string, Float64Array | Missing>>
  /** When the newest was taken, by this machine's clock: never before that, at times some ms after it. */
  readonly newestAt: MonotonicMs
  /** Values before the first of these were lost: why. */
  readonly lost?: Missing | undefined
}

/** A sensor that samples by its own clock and is drained in bursts. */
export interface StreamingSensor {
  /** Between two values as the chip is set, in ms; its oscillator may be off by `tolerance`. */
  readonly periodMs: number
  /** Largest deviation of the real period, as a fraction of it. */
  readonly tolerance: number
  /** As of a polled sensor. */
  open(signal: AbortSignal): Promise<void>
  /**
   * What came since the last call; waits until it is worth a transfer, at most about a second.
   *
   * @throws {HalError} when it does not answer
   * @throws {SensorError} when it answers with an error of its own; both ask for `open` again
   */
  drain(signal: AbortSignal): Promise<Burst>
  close(): Promise<void>
}
