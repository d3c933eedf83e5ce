import { MalformedError } from '../errors.ts'

/** Appends integers as LEB128 of their zigzag form: small ones of either sign take one byte. */
export class VarintWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  /** @param value - safe integer */
  write(value: number): void {
    if (this.#length + 8 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    // Arithmetic, not bit operations: those are 32 bits wide.
    let rest = value >= 0 ? value * 2 : -value * 2 - 1
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) + 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }
}

/** Reads back what a VarintWriter wrote. */
export class VarintReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** @throws {MalformedError} at the end of the bytes, beyond 2^53 and on padded forms */
  read(): number {
    let raw = 0
    let scale = 1
    for (;;) {
      const byte = this.#bytes[this.#offset++]
      if (byte === undefined) throw new MalformedError('varint', 'ends early')
      raw += (byte & 0x7f) * scale
      if (!Number.isSafeInteger(raw)) throw new MalformedError('varint', 'beyond 2^53')
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) throw new MalformedError('varint', 'padded with zero')
        return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
      }
      scale *= 0x80
    }
  }
}
