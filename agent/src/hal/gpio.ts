export type Level = 0 | 1
/** Which changes of an input are told. */
export type Edge = 'rising' | 'falling' | 'both'

export interface GpioInputOptions {
  readonly edge: Edge
  /** A change is told once the line has been quiet for this long, in ms; 0 tells every one. */
  readonly debounceMs: number
  /** Low voltage reads as 1, as with a button to ground. */
  readonly isActiveLow: boolean
}

/** A line that the chip at its other end drives. */
export interface GpioInput {
  read(): Promise<Level>
  /** Call `onEdge` with the new level at each change asked for, until disposed. */
  watch(onEdge: (level: Level) => void): Disposable
  close(): Promise<void>
}

/** A line that we drive. */
export interface GpioOutput {
  write(level: Level): Promise<void>
  close(): Promise<void>
}

/**
 * Lines by the numbers printed on the board's pinout (BCM).
 *
 * A line has one holder: close it before it is opened again another way.
 *
 * @throws {HalError} `GPIO_FAULT` when a line is taken, does not exist or cannot do what is asked
 */
export interface GpioChip {
  input(line: number, options: GpioInputOptions): Promise<GpioInput>
  output(line: number, initial: Level): Promise<GpioOutput>
  close(): Promise<void>
}
