import { type Address, fromHex } from '@hygeia/protocol/ids'
import { type Disk, del, NOTHING, type Operation, put } from '../store/disk.ts'
import { readNumber } from '../store/keys.ts'
import type { ReplicaName } from './records.ts'
import * as records from './records.ts'

/** Finds what is to be fetched, in the replicas' book, at a cost that does not grow with how much it is. */
export class WantedIndex {
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Go through all of it, once. @returns how many manifests are to be fetched */
  async load(): Promise<number> {
    let count = 0
    const moved: Operation[] = []
    for await (const key of this.#disk.level.keys(records.under('w'))) {
      count++
      // Of a book whose keys named the hospital at their end only.
      if (key.length !== records.WANTED_KEY_BYTES) {
        const place = { ...records.nameIn(key), blockNumber: readNumber(key, 1) }
        moved.push(del(key), put(records.wantedKey(place), NOTHING))
      }
    }
    if (moved.length > 0) await this.#disk.write(moved, true)
    return count
  }

  /**
   * Up to `limit` that `isLeftOut` does not name, oldest first.
   *
   * @param roomFor - how many of one hospital's at most; those of one that has none are not gone through
   */
  async next(
    limit: number,
    isLeftOut: (name: ReplicaName) => boolean,
    roomFor: (origin: Address) => number,
  ): Promise<readonly ReplicaName[]> {
    const found: Uint8Array[] = []
    for await (const [origin] of this.#firsts()) {
      let room = Math.min(limit, roomFor(origin))
      if (room <= 0) continue
      for await (const key of this.#disk.level.keys(records.under('w', fromHex(origin)))) {
        if (isLeftOut(records.nameIn(key))) continue
        found.push(key)
        if (--room === 0) break
      }
    }
    found.sort((a, b) => records.blockIn(a) - records.blockIn(b))
    return found.slice(0, limit).map(records.nameIn)
  }

  /** Block of the oldest; undefined when there is none. */
  async oldest(): Promise<number | undefined> {
    let oldest: number | undefined
    for await (const [, block] of this.#firsts()) oldest = Math.min(block, oldest ?? block)
    return oldest
  }

  /** Hospitals of whose something is to be fetched, each with the block of the oldest. */
  async *#firsts(): AsyncGenerator<readonly [origin: Address, block: number]> {
    const { lt, ...all } = records.under('w')
    let from: { readonly gte: Uint8Array } = all
    for (;;) {
      const [key] = await this.#disk.level.keys({ ...from, lt, limit: 1 }).all()
      if (key === undefined) return
      const origin = records.operatorIn(key)
      yield [origin, records.blockIn(key)]
      from = { gte: records.under('w', fromHex(origin)).lt }
    }
  }
}
