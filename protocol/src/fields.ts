import { MalformedError } from './errors.ts'
import { type Address, type BootId, fromHex, type Hex32, type Incarnation, toHex } from './ids.ts'
import type { UnixMs } from './units.ts'

/** Latest instant that a header may carry: the end of the year 9999. */
const LAST_MS = 253_402_300_799_999

/** Reads the fields of one decoded CBOR array in order, checking the type and size of each. */
export class FieldReader {
  readonly #what: string
  readonly #fields: readonly unknown[]
  #next = 0

  /** @throws {MalformedError} unless `value` is an array of `length` fields */
  constructor(what: string, value: unknown, length: number) {
    if (!Array.isArray(value) || value.length !== length) {
      throw new MalformedError(what, `not an array of ${length} fields`)
    }
    this.#what = what
    this.#fields = value
  }

  fail(message: string): never {
    throw new MalformedError(this.#what, `field ${this.#next - 1}: ${message}`)
  }

  any(): unknown {
    return this.#fields[this.#next++]
  }

  /** The version or kind that this reader understands; null where there is nothing to say. */
  constant(expected: number | string | null): void {
    if (this.any() !== expected) this.fail(`not ${expected}`)
  }

  uint(max = Number.MAX_SAFE_INTEGER): number {
    const value = this.any()
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) {
      this.fail(`not an integer from 0 to ${max}`)
    }
    return value
  }

  /** How many of something there are: 1 to `max`. */
  count(max: number): number {
    const value = this.uint(max)
    if (value === 0) this.fail('none')
    return value
  }

  int(): number {
    const value = this.any()
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) this.fail('not an integer')
    return value
  }

  flag(): boolean {
    const value = this.any()
    if (typeof value !== 'boolean') this.fail('not true or false')
    return value
  }

  instant(): UnixMs {
    return this.uint(LAST_MS) as UnixMs
  }

  /** An instant told as the ms since `from`. */
  instantSince(from: UnixMs): UnixMs {
    return (from + this.uint(LAST_MS - from)) as UnixMs
  }

  /** @returns bytes; exactly `size` of them, or from `min` to `max` */
  bytes(min: number, max = min): Uint8Array {
    const value = this.any()
    if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
      this.fail(`not ${min === max ? min : `${min} to ${max}`} bytes`)
    }
    return value
  }

  text(maxLength: number): string {
    const value = this.any()
    if (typeof value !== 'string' || value.length > maxLength) this.fail(`not text of at most ${maxLength}`)
    return value
  }

  list(maxLength: number): readonly unknown[] {
    const value = this.any()
    if (!Array.isArray(value) || value.length > maxLength) this.fail(`not a list of at most ${maxLength}`)
    return value
  }

  address(): Address {
    return toHex(this.bytes(20)) as string as Address
  }

  hex32(): Hex32 {
    return toHex(this.bytes(32)) as string as Hex32
  }

  incarnation(): Incarnation {
    return toHex(this.bytes(8)) as string as Incarnation
  }

  bootId(): BootId {
    return toHex(this.bytes(8)) as string as BootId
  }

  orNull<T>(read: (reader: FieldReader) => T): T | undefined {
    if (this.#fields[this.#next] !== null) return read(this)
    this.#next++
    return undefined
  }
}

/** Bytes of an address, hash, incarnation or boot id, as they go into CBOR. */
export function rawOf(id: Address | Hex32 | Incarnation | BootId): Uint8Array {
  return fromHex(id)
}
