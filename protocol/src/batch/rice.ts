/** Largest value that a stream carries, either way. */
export const RICE_LIMIT = 2 ** 50

/** Ones that say "too large for this parameter, a length and the bits themselves follow". */
const ESCAPE = 12
const LENGTH_BITS = 6
/** Samples after which old ones count half: the parameter follows the signal within seconds. */
const WINDOW = 16
/** Keeps the sum exact in a double, and in 64 bits elsewhere. */
const SHARE_LIMIT = 2 ** 32

/** Rice parameter from the mean of what came before, as in JPEG-LS (ISO/IEC 14495-1, A.5.1). */
class Parameter {
  #sum = 2
  #count = 1
  k = 1

  learn(folded: number): void {
    this.#sum += Math.min(folded, ESCAPE * 2 ** this.k, SHARE_LIMIT)
    this.#count++
    if (this.#count === WINDOW) {
      this.#sum = Math.floor(this.#sum / 2)
      this.#count = WINDOW / 2
    }
    this.k = 0
    while (this.#count * 2 ** this.k < this.#sum) this.k++
  }
}

/**
 * Appends integers as adaptive Rice codes of their zigzag form: a bit or two each where the signal is calm.
 *
 * Bits fill each byte from the lowest up. Zero bytes at the end are left out: a stream of zeros has no bytes.
 */
export class RiceWriter {
  readonly #parameter = new Parameter()
  #bytes = new Uint8Array(64)
  #bits = 0

  /** @throws {RangeError} unless `value` is an integer of at most 2^50 either way */
  write(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > RICE_LIMIT)
      throw new RangeError(`not an integer up to 2^50: ${value}`)
    const folded = value >= 0 ? value * 2 : -value * 2 - 1
    const { k } = this.#parameter
    const quotient = Math.floor(folded / 2 ** k)
    if (quotient < ESCAPE) {
      this.#ones(quotient)
      this.#append(0, 1)
      this.#append(folded, k)
    } else {
      this.#ones(ESCAPE)
      const length = folded.toString(2).length
      this.#append(length, LENGTH_BITS)
      this.#append(folded, length)
    }
    this.#parameter.learn(folded)
  }

  bytes(): Uint8Array {
    let end = Math.ceil(this.#bits / 8)
    while (end > 0 && this.#bytes[end - 1] === 0) end--
    return this.#bytes.slice(0, end)
  }

  #ones(count: number): void {
    this.#append(2 ** count - 1, count)
  }

  /** The lowest `count` bits of `value`, lowest first. */
  #append(value: number, count: number): void {
    if (this.#bits + count > this.#bytes.length * 8) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    // Arithmetic, not bit operations: those are 32 bits wide.
    for (let rest = value, left = count; left > 0; left--, rest = Math.floor(rest / 2)) {
      const at = this.#bits++
      if (rest % 2 === 1) this.#bytes[at >> 3] = Number(this.#bytes[at >> 3]) | (1 << (at & 7))
    }
  }
}

/** Reads back what a RiceWriter wrote; any bytes at all read as some integers, and zeros follow their end. */
export class RiceReader {
  readonly #parameter = new Parameter()
  readonly #bytes: Uint8Array
  #bits = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** @returns an integer below 2^63 either way; beyond 2^53 it is not exact, and no writer made it */
  read(): number {
    const { k } = this.#parameter
    let quotient = 0
    while (quotient < ESCAPE && this.#take(1) === 1) quotient++
    const folded = quotient < ESCAPE ? quotient * 2 ** k + this.#take(k) : this.#take(this.#take(LENGTH_BITS))
    this.#parameter.learn(folded)
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2
  }

  #take(count: number): number {
    let value = 0
    for (let index = 0, scale = 1; index < count; index++, scale *= 2) {
      const at = this.#bits++
      if ((((this.#bytes[at >> 3] ?? 0) >> (at & 7)) & 1) === 1) value += scale
    }
    return value
  }
}
