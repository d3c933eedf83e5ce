import { type BatchRecord, decodeRecord } from './record.ts'

/** Records of batches that arrived one after another, in one piece of memory, decoded when they are looked at. */
export class RecordList {
  readonly #first: number
  readonly #bytes: Buffer
  readonly #ends: Uint32Array

  /** @param records - encoded; copied */
  constructor(first: number, records: readonly Uint8Array[]) {
    this.#first = first
    this.#bytes = Buffer.concat(records)
    let end = 0
    this.#ends = Uint32Array.from(records, (record) => {
      end += record.length
      return end
    })
  }

  get length(): number {
    return this.#ends.length
  }

  /** @throws {RangeError} */
  at(index: number): BatchRecord {
    const end = this.#ends[index]
    if (end === undefined) throw new RangeError(`no record ${index}`)
    const start = index === 0 ? 0 : this.#ends[index - 1]
    return decodeRecord(this.#first + index, this.#bytes.subarray(start, end))
  }

  /** All of them, decoded for a moment's use. */
  all(): readonly BatchRecord[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }
}
