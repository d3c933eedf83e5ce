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
const TRIMMED = keys.cursorKey('trimmed')

/** Lets go of sealed bytes that the blockstore holds and the chain proves. */
export class Trimmer {
  readonly #options: TrimOptions
  readonly #deps: TrimDeps

  constructor(options: TrimOptions, deps: TrimDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Arrival of the last batch whose bytes were let go of. */
  async trimmed(): Promise<number> {
    const held = await this.#deps.disk.level.get(TRIMMED)
    return held === undefined ? 0 : keys.readNumber(held, 0)
  }

  /**
   * Forget the bytes under the oldest anchors that are final for long enough.
   *
   * @param archived - arrival of the last batch that is in the blockstore
   * @returns how many batches
   */
  async step(now: UnixMs, archived: number): Promise<number> {
    const { disk, anchors } = this.#deps
    const trimmed = await this.trimmed()
    let last = trimmed
    let count = 0
    for (const record of await anchors.after(trimmed, STEP_ANCHORS)) {
      if (record.last > archived) break
      if (record.final === undefined || record.final.at + this.#options.keepMs > now) break
      last = record.last
      count += countOf(record)
    }
    if (count === 0) return 0
    await disk.level.clear({ gt: keys.bytesKey(trimmed), lte: keys.bytesKey(last) })
    await disk.write([put(TRIMMED, keys.numberBytes(last))], false)
    return count
  }
}
