import type { PooledTx } from './pooled.ts'

/** The waiting transactions of one account, by nonce. */
export class SenderQueue {
  readonly address: string
  /** Nonce of the account at the head: the next that a block can hold. */
  nonce: bigint
  readonly #byNonce = new Map<bigint, PooledTx>()

  constructor({ address, nonce }: { address: string; nonce: bigint }) {
    this.address = address
    this.nonce = nonce
  }

  get size(): number {
    return this.#byNonce.size
  }

  at(nonce: bigint): PooledTx | undefined {
    return this.#byNonce.get(nonce)
  }

  put(tx: PooledTx): void {
    this.#byNonce.set(tx.nonce, tx)
  }

  delete(nonce: bigint): void {
    this.#byNonce.delete(nonce)
  }

  all(): Iterable<PooledTx> {
    return this.#byNonce.values()
  }

  /** First nonce from the head's on that nothing here uses: what geth answers for `pending`. */
  nextNonce(): bigint {
    let nonce = this.nonce
    while (this.#byNonce.has(nonce)) nonce++
    return nonce
  }

  /** The one with the highest nonce: the only one that can go without leaving a gap. */
  last(): PooledTx | undefined {
    let last: PooledTx | undefined
    for (const tx of this.#byNonce.values()) if (last === undefined || tx.nonce > last.nonce) last = tx
    return last
  }
}
