import type { UnixMs } from '@hygeia/protocol/units'
import { type Anchors, countOf } from './anchors.ts'
import { type Disk, put } from './disk.ts'
import * as keys from './keys.ts'

export interface TrimOptions {
  /** How long sealed bytes stay after their anchor is final. */
  readonly keepMs: number
}

export interface TrimDeps {
  readonly disk: Disk
  readonly anchors: Anchors
}

/** Anchors let go of in one step: at most 65,536 batches. */
const STEP_ANCHORS = 8

/** Lets go of sealed bytes that the blockstore holds and the chain proves. */
export class Trimmer {
  readonly #options: TrimOptions
  readonly #deps: TrimDeps

  constructor(options: TrimOptions, deps: TrimDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Forget the bytes under the oldest anchors that are final for long enough. @returns how many batches */
  async step(now: UnixMs): Promise<number> {
    const { disk, anchors } = this.#deps
    const cursor = keys.cursorKey('trimmed')
    const held = await disk.level.get(cursor)
    const trimmed = held === undefined ? 0 : keys.readNumber(held, 0)
    let last = trimmed
    let count = 0
    for (const record of await anchors.after(trimmed, STEP_ANCHORS)) {
      if (record.final === undefined || record.final.at + this.#options.keepMs > now) break
      last = record.last
      count += countOf(record)
    }
    if (count === 0) return 0
    await disk.level.clear({ gt: keys.bytesKey(trimmed), lte: keys.bytesKey(last) })
    const value = Buffer.allocUnsafe(8)
    keys.writeNumber(value, last, 0)
    await disk.write([put(cursor, value)], false)
    return count
  }
}
