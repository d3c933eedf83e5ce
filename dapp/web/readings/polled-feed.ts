import type { Clock } from '@hygeia/dapp/clock'
import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import { HOUR_MS, MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Feed, FeedListener } from './feed.ts'
import type { Source } from './source.ts'

const POLL_MS = 2 * SECOND_MS
/** How long ago a batch may have been taken that is found by an ordinary look. */
const BACK_MS = 10 * MINUTE_MS
/** What devices kept back while they were cut off is older: found by a longer look now and then. */
const FAR_BACK_MS = 24 * HOUR_MS
const FAR_EVERY = 30

/** Asks a hospital every other second what there is. */
export class PolledFeed implements Feed {
  readonly #source: Source
  readonly #clock: Clock
  readonly #stored = new Set<string>()
  readonly #anchored = new Set<string>()

  constructor(source: Source, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  async follow(listener: FeedListener, signal: AbortSignal): Promise<void> {
    for (let look = 0; !signal.aborted; look++) {
      try {
        await this.#look(listener, look % FAR_EVERY === 0 ? FAR_BACK_MS : BACK_MS)
        listener.onState('polling')
      } catch (cause) {
        listener.onState('away', cause)
      }
      await this.#clock.sleep(POLL_MS, signal)
    }
  }

  async #look(listener: FeedListener, backMs: number): Promise<void> {
    const now = this.#clock.now()
    const range = { from: (now - backMs) as UnixMs, to: (now + HOUR_MS) as UnixMs }
    for await (const chunk of this.#source.list(range)) {
      const isNew = (seen: Set<string>) => (batch: ListedBatch) => !seen.has(batch.cid)
      const stored = chunk.filter(isNew(this.#stored))
      const anchored = chunk
        .filter(({ state }) => state === 'anchored')
        .filter(isNew(this.#anchored))
        .map(({ cid }) => cid)
      for (const { cid } of stored) this.#stored.add(cid)
      for (const cid of anchored) this.#anchored.add(cid)
      if (stored.length > 0) listener.onBatches(stored)
      if (anchored.length > 0) listener.onAnchored(anchored)
    }
  }
}
