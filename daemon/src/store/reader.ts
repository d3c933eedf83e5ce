import type { Address, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Anchors } from './anchors.ts'
import type { Disk } from './disk.ts'
import { isErased } from './eraser.ts'
import * as keys from './keys.ts'
import { type BatchRecord, decodeRecord } from './record.ts'

export type BatchState = 'stored' | 'anchored'

export interface ListedBatch extends BatchRecord {
  readonly state: BatchState
}

export interface Listing {
  readonly devices: readonly Address[]
  /** Every label when absent. */
  readonly labels?: readonly Label[]
  /** Batches that lie wholly within are listed: `from` ≤ first sample, last sample ≤ `to`. */
  readonly from: UnixMs
  readonly to: UnixMs
  /** `next` of the page before. */
  readonly cursor?: string
  /** 1 to 5,000. */
  readonly limit: number
}

export interface Page {
  readonly batches: readonly ListedBatch[]
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined
}

export interface ReaderDeps {
  readonly anchors: Anchors
  readonly archive: { get(digest: Uint8Array): Promise<Uint8Array | undefined> }
}

/** Most keys of the index looked at for one page: a page may be short, or empty, and still have a next. */
const SCAN_LIMIT = 20_000
const CHUNK = 1_024
/**
 * Bytes that one trip to LevelDB may bring. Its default of 16 KiB makes a hundred trips of one anchor's records, and
 * each waits in line behind the writes of whatever arrives meanwhile.
 */
const TRIP_BYTES = 8 * 1024 * 1024

/** Finds what the journal holds. */
export class Reader {
  readonly #disk: Disk
  readonly #deps: ReaderDeps

  constructor(disk: Disk, deps: ReaderDeps) {
    this.#disk = disk
    this.#deps = deps
  }

  /** @param digest - in the batch's CID */
  async find(digest: Uint8Array): Promise<ListedBatch | undefined> {
    const [arrival] = await this.#arrivalsOf([digest])
    return arrival === undefined ? undefined : this.#record(arrival)
  }

  /** As `find`, for many at once and in their order. */
  async findMany(digests: readonly Uint8Array[]): Promise<readonly (ListedBatch | undefined)[]> {
    const arrivals = await this.#arrivalsOf(digests)
    const held = await this.#recordsAt(arrivals.flatMap((arrival) => arrival ?? []))
    const byArrival = new Map(held.map((record) => [record.arrival, record]))
    return arrivals.map((arrival) => (arrival === undefined ? undefined : byArrival.get(arrival)))
  }

  /** Sealed bytes, from the journal or, once they are trimmed, from the archive; in the order of `digests`. */
  async blocks(digests: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const arrivals = await this.#arrivalsOf(digests)
    const bytes = await this.#disk.level.getMany(arrivals.map((arrival) => keys.bytesKey(arrival ?? 0)))
    return Promise.all(
      digests.map((digest, index) => {
        if (arrivals[index] === undefined) return undefined
        return bytes[index] ?? this.#deps.archive.get(digest)
      }),
    )
  }

  /** Batches `first` to `last` in order of arrival, as they are kept. */
  async encodedRecords(first: number, last: number): Promise<readonly Uint8Array[]> {
    const range = { gte: keys.recordKey(first), lte: keys.recordKey(last), highWaterMarkBytes: TRIP_BYTES }
    return this.#disk.level.values(range).all()
  }

  /** Sealed bytes of the batches `first` to `last` that are still in the journal. */
  async bytes(first: number, last: number): Promise<readonly Uint8Array[]> {
    const wanted = Array.from({ length: last - first + 1 }, (_, index) => keys.bytesKey(first + index))
    const held = await this.#disk.level.getMany(wanted)
    return held.filter((bytes) => bytes !== undefined)
  }

  /** Batches of one device by sequence, `from` to `to`, at most `limit`. */
  async inSequence(
    device: Address,
    incarnation: Incarnation,
    from: number,
    to: number,
    limit: number,
  ): Promise<readonly BatchRecord[]> {
    const range = {
      gte: keys.sequenceKey(device, incarnation, from),
      lte: keys.sequenceKey(device, incarnation, to),
    }
    const places = await this.#disk.level.values({ ...range, limit, highWaterMarkBytes: TRIP_BYTES }).all()
    const arrivals = places.map((place) => keys.readNumber(place, 32))
    return this.#recordsAt(arrivals)
  }

  /** CID digests that a device's batches name as their predecessor and that never came, at most `limit`. */
  async gaps(device: Address, limit: number): Promise<readonly Uint8Array[]> {
    const found = await this.#disk.level.keys({ ...keys.deviceRange('g', device), limit }).all()
    return found.map((key) => key.subarray(21))
  }

  /** One page of what matches, by device, label and time. */
  async list({ devices, labels, from, to, cursor, limit }: Listing): Promise<Page> {
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url')
    const prefixes = devices
      .flatMap(
        (device) => labels?.map((label) => keys.timePrefix(device, label)) ?? [keys.timePrefix(device)],
      )
      .sort(Buffer.compare)
    const found: ListedBatch[] = []
    let scanned = 0
    let last: Uint8Array | undefined
    for (const prefix of prefixes) {
      // Of one label the index is in order of time; of all labels of a device it is not.
      const first = labels === undefined ? prefix : Buffer.concat([prefix, keys.numberBytes(from)])
      const end = Buffer.concat([prefix, Buffer.alloc(58, 0xff)])
      const start = after !== undefined && Buffer.compare(after, first) >= 0 ? after : first
      if (Buffer.compare(start, end) > 0) continue
      const iterator = this.#disk.level.keys({ gt: start, lte: end, highWaterMarkBytes: TRIP_BYTES })
      try {
        let isPast = false
        while (!isPast) {
          const chunk = await iterator.nextv(Math.min(CHUNK, limit - found.length))
          if (chunk.length === 0) break
          scanned += chunk.length
          last = chunk.at(-1)
          const times = chunk.map(keys.readTimeKey)
          isPast = labels !== undefined && times.some((time) => time.from > to)
          const arrivals = times.filter((time) => from <= time.from && time.from <= to)
          const records = await this.#recordsAt(arrivals.map(({ arrival }) => arrival))
          found.push(...records.filter((record) => record.to <= to))
          if (found.length >= limit || scanned >= SCAN_LIMIT) {
            return { batches: found, next: Buffer.from(last ?? []).toString('base64url') }
          }
        }
      } finally {
        await iterator.close()
      }
    }
    return { batches: found, next: undefined }
  }

  async #arrivalsOf(digests: readonly Uint8Array[]): Promise<readonly (number | undefined)[]> {
    const held = await this.#disk.level.getMany(digests.map(keys.digestKey))
    return held.map((value) =>
      value === undefined || isErased(value) ? undefined : keys.readNumber(value, 0),
    )
  }

  async #record(arrival: number): Promise<ListedBatch | undefined> {
    const [record] = await this.#recordsAt([arrival])
    return record
  }

  async #recordsAt(arrivals: readonly number[]): Promise<readonly ListedBatch[]> {
    const values = await this.#disk.level.getMany(arrivals.map(keys.recordKey))
    return arrivals.flatMap((arrival, index): ListedBatch[] => {
      const value = values[index]
      if (value === undefined) return []
      const isAnchored = keys.isReplica(arrival) || this.#deps.anchors.isFinal(arrival)
      const state = isAnchored ? 'anchored' : 'stored'
      return [{ ...decodeRecord(arrival, value), state }]
    })
  }
}
