import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 100

interface Block {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
}

/** Notes every block that anybody outside could see, to find out whether one of them ever goes or changes. */
export class ChainWatch {
  readonly #url: string
  readonly #abort = new AbortController()
  readonly #seen = new Map<number, string>()
  readonly #faults: string[] = []
  #watching: Promise<void>

  constructor(url: string) {
    this.#url = url
    this.#watching = this.#watch()
  }

  /** Height of the highest block seen. */
  get height(): number {
    return Math.max(0, ...this.#seen.keys())
  }

  /** What was seen and is no more, or is another now. */
  get faults(): readonly string[] {
    return this.#faults
  }

  /** Whether the chain still has the highest block that was ever seen, as it was; to be asked after a restart. */
  async stillHas(): Promise<boolean> {
    const { height } = this
    const { number } = await this.#block('latest')
    const held = await this.#block(height)
    return number >= height && held.hash === this.#seen.get(height)
  }

  /** Ask for every block from the genesis on. @returns faults: a block that changed, or does not follow its parent */
  async whole(): Promise<readonly string[]> {
    const { number: height } = await this.#block('latest')
    const faults: string[] = []
    let parent: string | undefined
    for (let number = 0; number <= height; number++) {
      const { hash, parentHash } = await this.#block(number)
      if (parent !== undefined && parentHash !== parent) faults.push(`block ${number} follows another`)
      const seen = this.#seen.get(number)
      if (seen !== undefined && seen !== hash) faults.push(`block ${number} was ${seen} and is ${hash}`)
      parent = hash
    }
    return faults
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      // The hospital may be away at any moment: that is what is being tested.
      const latest = await this.#block('latest').catch(() => undefined)
      if (latest !== undefined) {
        const before = this.#seen.get(latest.number)
        if (before !== undefined && before !== latest.hash) this.#faults.push(`two blocks ${latest.number}`)
        this.#seen.set(latest.number, latest.hash)
      }
      await delay(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #block(number: number | 'latest'): Promise<Block> {
    const which = number === 'latest' ? number : `0x${number.toString(16)}`
    const result = Object(await rpc(this.#url, 'eth_getBlockByNumber', [which, false]))
    const { number: height, hash, parentHash } = result
    if (typeof hash !== 'string') throw new Error(`there is no block ${number}`)
    return { number: Number(height), hash, parentHash: String(parentHash) }
  }
}

/** @throws {Error} what the node answers, when that is an error */
export async function rpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  })
  const { result, error } = Object(await response.json())
  if (error !== undefined) throw new Error(`${method}: ${Object(error).message}`)
  return result
}
