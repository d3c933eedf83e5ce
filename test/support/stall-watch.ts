import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 50

/**
 * Watches how long this machine stands still: a program in real time can be no prompter than its machine. What is
 * late by more than a bound and the longest standstill is the program's own doing.
 */
export class StallWatch {
  readonly #file: FileHandle
  readonly #watching: Promise<void>
  #isOver = false
  #worstMs = 0
  #since = performance.now()

  private constructor(file: FileHandle) {
    this.#file = file
    this.#watching = this.#watch()
  }

  /** @param dir - on the disk that matters */
  static async start(dir: string): Promise<StallWatch> {
    return new StallWatch(await open(join(dir, 'stall-watch'), 'w'))
  }

  /** The longest that a timer and a sync of one page together took beyond their time since this was last asked, in ms. */
  takeWorst(): number {
    const worst = Math.max(this.#worstMs, performance.now() - this.#since - EVERY_MS)
    this.#worstMs = 0
    return worst
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#watching
    await this.#file.close()
  }

  async #watch(): Promise<void> {
    const page = new Uint8Array(4_096)
    while (!this.#isOver) {
      this.#since = performance.now()
      await delay(EVERY_MS)
      await this.#file.write(page, 0, page.length, 0)
      await this.#file.datasync()
      this.#worstMs = Math.max(this.#worstMs, performance.now() - this.#since - EVERY_MS)
    }
  }
}
