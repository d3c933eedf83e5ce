import type { GpioChip, GpioInput } from '../../hal/gpio.ts'
import type { EventSensor, Readings } from '../sensor.ts'

export interface ButtonOptions {
  /** BCM number. */
  readonly line: number
  /** How long the contact must rest before a press counts, in ms. */
  readonly debounceMs: number
  /** A button to ground, as usual: pressed is low. */
  readonly isActiveLow: boolean
}

const PRESSED: Readings = { press: { value: 1 } }

/** A button that the patient presses when something is felt. Tells presses, not releases. */
export class Button implements EventSensor {
  readonly #options: ButtonOptions
  readonly #gpio: GpioChip
  #input: GpioInput | undefined
  #watch: Disposable | undefined

  constructor(options: ButtonOptions, { gpio }: { gpio: GpioChip }) {
    this.#options = options
    this.#gpio = gpio
  }

  async open(onEvent: (readings: Readings) => void): Promise<void> {
    const { line, debounceMs, isActiveLow } = this.#options
    this.#input = await this.#gpio.input(line, { edge: 'rising', debounceMs, isActiveLow })
    this.#watch = this.#input.watch((level) => {
      if (level === 1) onEvent(PRESSED)
    })
  }

  async close(): Promise<void> {
    this.#watch?.[Symbol.dispose]()
    await this.#input?.close()
    this.#input = undefined
    this.#watch = undefined
  }
}
