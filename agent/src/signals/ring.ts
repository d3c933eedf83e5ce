/** The last `length` values of a signal. */
export class Ring {
  readonly #values: Float64Array
  #next = 0

  constructor(length: number) {
    this.#values = new Float64Array(length)
  }

  get length(): number {
    return this.#values.length
  }

  push(value: number): void {
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % this.#values.length
  }

  /** @param age - 0 is the newest, `length − 1` the oldest; what was never pushed is 0 */
  at(age: number): number {
    const { length } = this.#values
    return this.#values[(this.#next - 1 - age + 2 * length) % length] ?? 0
  }

  /** As if it had always been `value`. */
  fill(value: number): void {
    this.#values.fill(value)
  }
}
