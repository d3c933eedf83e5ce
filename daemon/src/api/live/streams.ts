import type { Address } from '@hygeia/protocol/ids'
import { ApiError } from '../problem.ts'

export interface StreamLimits {
  /** Streams in all. */
  readonly total: number
  /** Streams of one account: the oldest ends for a new one, since a page that was left may look open for long. */
  readonly perAccount: number
}

/** Which streams are open, and how each is ended. */
export class OpenStreams {
  readonly #limits: StreamLimits
  readonly #byAccount = new Map<Address, Set<() => void>>()
  #count = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#count
  }

  /**
   * @param end - ends the stream
   * @returns to be called once it has ended
   * @throws {ApiError} `LIVE_LIMIT`
   */
  open(account: Address, end: () => void): () => void {
    const { total, perAccount } = this.#limits
    const own = this.#byAccount.get(account) ?? new Set()
    const [oldest] = own
    if (oldest !== undefined && own.size >= perAccount) this.#close(account, own, oldest)
    if (this.#count >= total) throw new ApiError('LIVE_LIMIT', { retryAfterSec: 30 })
    this.#byAccount.set(account, own.add(end))
    this.#count++
    return () => this.#forget(account, own, end)
  }

  endAll(): void {
    for (const own of this.#byAccount.values()) for (const end of own) end()
  }

  #close(account: Address, own: Set<() => void>, end: () => void): void {
    this.#forget(account, own, end)
    end()
  }

  #forget(account: Address, own: Set<() => void>, end: () => void): void {
    if (!own.delete(end)) return
    this.#count--
    if (own.size === 0 && this.#byAccount.get(account) === own) this.#byAccount.delete(account)
  }
}
