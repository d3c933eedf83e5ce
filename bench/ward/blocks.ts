import { setTimeout as delay } from 'node:timers/promises'

export interface SeenBlock {
  readonly number: number
  /** When its number was first answered; ms of the monotonic clock. */
  readonly at: number
}

/** Between two questions: how exact an instant is. */
const LOOK_MS = 5
/** Nothing is expected before this share of the time between the last two blocks has passed. */
const REST_SHARE = 0.9

/** Notes when each block can be seen through the chain's own JSON-RPC. */
export class BlockWatch {
  readonly #url: string
  readonly #abort = new AbortController()
  readonly #seen: SeenBlock[] = []
  fault: unknown

  constructor(url: string) {
    this.#url = url
    this.#watch().catch((cause: unknown) => {
      if (!this.#abort.signal.aborted) this.fault = cause
    })
  }

  /** Every block since the watch began, but for the first, which may be old. */
  get seen(): readonly SeenBlock[] {
    return this.#seen.slice(1)
  }

  stop(): void {
    this.#abort.abort()
  }

  async #watch(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      const number = await this.#number(signal)
      const last = this.#seen.at(-1)
      if (last === undefined || number > last.number) {
        const at = performance.now()
        this.#seen.push({ number, at })
        const isRegular = last !== undefined && this.#seen.length > 2
        await delay(isRegular ? (at - last.at) * REST_SHARE : LOOK_MS, undefined, { signal })
      } else {
        await delay(LOOK_MS, undefined, { signal })
      }
    }
  }

  async #number(signal: AbortSignal): Promise<number> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}',
      signal,
    })
    return Number(Object(await response.json()).result)
  }
}

/** Seconds between blocks that follow each other. */
export function intervals(blocks: readonly SeenBlock[]): readonly number[] {
  return blocks.slice(1).flatMap(({ number, at }, index) => {
    const before = blocks[index]
    return before?.number === number - 1 ? [(at - before.at) / 1_000] : []
  })
}
