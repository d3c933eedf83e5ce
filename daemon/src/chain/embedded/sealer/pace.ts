/** Time kept for what does not depend on the number of transactions: roots, seal. */
const FIXED_MS = 10
const FIRST_GUESS_MS_PER_TX = 2
const SMOOTHING = 0.2

/**
 * How long before its due time a block must be begun to be ready then. Learned from the blocks before: a full one takes
 * some hundred milliseconds, an empty one almost nothing.
 */
export class BuildPace {
  readonly #maxLeadMs: number
  readonly #maxTxs: number
  #msPerTx = FIRST_GUESS_MS_PER_TX

  /** @param maxTxs - transactions that fit into a block at most */
  constructor({ periodSec, maxTxs }: { periodSec: number; maxTxs: number }) {
    this.#maxLeadMs = (periodSec * 1_000) / 4
    this.#maxTxs = maxTxs
  }

  /** @param waiting - transactions in the pool */
  leadMs(waiting: number): number {
    return Math.min(FIXED_MS + Math.min(waiting, this.#maxTxs) * this.#msPerTx, this.#maxLeadMs)
  }

  built(txs: number, tookMs: number): void {
    if (txs === 0) return
    const msPerTx = Math.max(tookMs - FIXED_MS, 0) / txs
    this.#msPerTx += (msPerTx - this.#msPerTx) * SMOOTHING
  }
}
