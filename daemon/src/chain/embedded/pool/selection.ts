import type { TxPool } from './pool.ts'
import { type PooledTx, tipAt } from './pooled.ts'

interface Candidate {
  readonly tx: PooledTx
  readonly tip: bigint
}

/**
 * The order in which one block takes from the pool: of every account its next nonce, the best tip first, and among
 * equal tips the one that came first. The pool itself does not change.
 */
export class Selection {
  readonly #pool: TxPool
  readonly #baseFee: bigint
  readonly #next = new Map<string, Candidate>()

  constructor(pool: TxPool, { baseFee }: { baseFee: bigint }) {
    this.#pool = pool
    this.#baseFee = baseFee
    for (const queue of pool.senders()) this.#offer(queue.at(queue.nonce))
  }

  /** The best one that is left, or `undefined`. It stays on offer until `include` or `pass`. */
  best(): PooledTx | undefined {
    let best: Candidate | undefined
    for (const candidate of this.#next.values()) {
      if (best === undefined || isBetter(candidate, best)) best = candidate
    }
    return best?.tx
  }

  /** `tx` is in the block: offer the same account's next. */
  include(tx: PooledTx): void {
    this.#next.delete(tx.sender)
    this.#offer(this.#pool.waiting(tx.sender, tx.nonce + 1n))
  }

  /** Nothing more of this account in this block: its next does not fit, so what follows cannot come either. */
  pass(tx: PooledTx): void {
    this.#next.delete(tx.sender)
  }

  #offer(tx: PooledTx | undefined): void {
    if (tx === undefined) return
    const tip = tipAt(tx, this.#baseFee)
    if (tip >= 0n) this.#next.set(tx.sender, { tx, tip })
  }
}

function isBetter(a: Candidate, b: Candidate): boolean {
  return a.tip === b.tip ? a.tx.order < b.tx.order : a.tip > b.tip
}
