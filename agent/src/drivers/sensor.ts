import type { Reading } from '@hygeia/protocol/sample'

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
