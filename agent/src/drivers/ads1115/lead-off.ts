import type { GpioChip, GpioInput } from '../../hal/gpio.ts'

/**
 * Lines that are high while an electrode is off (AD8232 Rev. D, "DC leads off detection": LOD+ and LOD−).
 *
 * What was recorded while any was high is no signal of the body, whatever it looks like.
 */
export class LeadOff {
  readonly #lines: readonly number[]
  readonly #gpio: GpioChip
  #inputs: GpioInput[] = []
  #wasHigh = false

  constructor(lines: readonly number[], gpio: GpioChip) {
    this.#lines = lines
    this.#gpio = gpio
  }

  /** @throws {HalError} `GPIO_FAULT` */
  async open(): Promise<void> {
    for (const line of this.#lines) {
      const input = await this.#gpio.input(line, { edge: 'both', debounceMs: 0, isActiveLow: false })
      this.#inputs.push(input)
      // Whichever way it changed, it was high.
      input.watch(() => {
        this.#wasHigh = true
      })
    }
  }

  /** Whether one was high at any time since the last call, or is now. */
  async wasOff(): Promise<boolean> {
    let isOff = this.#wasHigh
    this.#wasHigh = false
    for (const input of this.#inputs) isOff = (await input.read()) === 1 || isOff
    return isOff
  }

  async close(): Promise<void> {
    for (const input of this.#inputs.splice(0)) await input.close()
  }
}
